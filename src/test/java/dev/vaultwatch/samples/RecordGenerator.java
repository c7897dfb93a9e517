package dev.vaultwatch.samples;

import dev.vaultwatch.samples.Fact.Caller;
import dev.vaultwatch.samples.Fact.Place;
import dev.vaultwatch.samples.Fact.Vault;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Raw AuditEvent records in any number, as fast as a file takes them, and the alerts that they must cause.
 *
 * <pre>
 * java -cp target/test-classes:target/classes:JACKSON dev.vaultwatch.samples.RecordGenerator \
 *     --records 10000000 --harvests 5 --out records.ndjson --expect alerts.ndjson
 * </pre>
 *
 * <p><b>Model.</b> Record <i>i</i> happens {@code i / rate} seconds after the start, plus up to the disorder; records come
 * in the order of <i>i</i>, so times are out of order by up to the disorder. A share of them names no person, a share is
 * one of the rule's reads, evenly over the names of {@link Operations}; people are drawn evenly. At a low rate a person's
 * minute has few reads and alerts are the harvests; from {@code upns / 20} or so the background alerts as well. Each
 * harvest is 40 records of one further person about 30 seconds long: every one a read, of five operations.
 *
 * <p><b>Speed.</b> {@link WireShapes} writes each kind of record once, with marks where values change; a record is then a
 * copied template with numbers written over the marks. All values are of fixed width for that reason.
 *
 * <p>One thread. The same options give the same bytes.
 */
public final class RecordGenerator {

    private static final int HARVEST_RECORDS = 40;
    private static final double HARVEST_SECONDS = 30;
    private static final List<String> HARVEST_OPERATIONS =
            List.of("SecretList", "SecretGet", "KeyList", "KeyGet", "CertificateGet");

    private static final long TICKS_PER_SECOND = 10_000_000;
    private static final long TICKS_PER_MS = 10_000;
    private static final int SECONDS_PER_DAY = 86_400;

    private static final int VAULTS = 200;
    /** Last parts of addresses, three digits each so that the width is fixed: 100 to 254. */
    private static final int ADDRESSES = 155;

    private static final int USER_DIGITS = 7;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** One denied read in so many. */
    private static final int DENIED_ONE_IN = 50;

    private static final int BUFFER_BYTES = 1 << 20;

    private final Options options;
    private final Template[][] templates;
    private final int maxRecordBytes;
    private final List<String> operations = new ArrayList<>();
    private final String[] upns;
    private final long[] harvestRecords;
    private final int[] harvestPersons;
    private final ExpectedAlerts expected = new ExpectedAlerts();
    private final long startTicks;

    private long random;
    private long index;
    private int nextHarvestRecord;
    private long day = Long.MIN_VALUE;
    private byte[] dayText = new byte[0];

    /**
     * What to write.
     *
     * @param records how many
     * @param upns people, besides the harvesters
     * @param noUpn share of records without a UPN, 0 to 1
     * @param reads share of records that are one of the 20 reads, 0 to 1
     * @param seed of the random numbers
     * @param start event time of the first record, to the millisecond
     * @param rate records in a second of event time
     * @param disorderMs milliseconds by which times are out of order at most
     * @param harvests people who harvest, once each
     * @param upstream whether the expected alerts leave VaultGet out, as identity mode {@code upstream} does
     * @param out where records go; absent: standard output
     * @param expect where expected alerts go; absent: nowhere
     */
    public record Options(
            long records,
            int upns,
            double noUpn,
            double reads,
            long seed,
            Instant start,
            double rate,
            int disorderMs,
            int harvests,
            boolean upstream,
            @Nullable Path out,
            @Nullable Path expect) {

        static final String USAGE = "--records N --upns 20000 --no-upn 0.30 --reads 0.60 --seed 1"
                + " --start 2026-11-03T00:00:00Z --rate 1000 --disorder-ms 2000 --harvests 0"
                + " --identity merged|upstream --out FILE --expect FILE";

        private static final Set<String> NAMES = Set.of(
                "--records",
                "--upns",
                "--no-upn",
                "--reads",
                "--seed",
                "--start",
                "--rate",
                "--disorder-ms",
                "--harvests",
                "--identity",
                "--out",
                "--expect");

        public Options {
            require(records >= 0, "--records is negative");
            require(
                    upns >= 1 && harvests >= 0 && upns + (long) harvests < 10_000_000,
                    "--upns and --harvests: too many");
            require(noUpn >= 0 && noUpn <= 1 && reads >= 0 && reads <= 1, "--no-upn and --reads are shares, 0 to 1");
            require(rate > 0, "--rate must be positive");
            require(disorderMs >= 0, "--disorder-ms is negative");
        }

        /** Reads the command line's options; what is not given is as {@link #USAGE} says, and 1,000,000 records. */
        public static Options parse(String... args) {
            Map<String, String> given = new LinkedHashMap<>();
            for (int i = 0; i < args.length; i += 2) {
                require(NAMES.contains(args[i]), "unknown option " + args[i]);
                require(i + 1 < args.length, args[i] + " has no value");
                given.put(args[i], args[i + 1]);
            }
            String identity = given.getOrDefault("--identity", "merged");
            require(identity.equals("merged") || identity.equals("upstream"), "--identity is merged or upstream");
            String out = given.get("--out");
            String expect = given.get("--expect");
            return new Options(
                    Long.parseLong(given.getOrDefault("--records", "1000000")),
                    Integer.parseInt(given.getOrDefault("--upns", "20000")),
                    Double.parseDouble(given.getOrDefault("--no-upn", "0.30")),
                    Double.parseDouble(given.getOrDefault("--reads", "0.60")),
                    Long.parseLong(given.getOrDefault("--seed", "1")),
                    Instant.parse(given.getOrDefault("--start", "2026-11-03T00:00:00Z")),
                    Double.parseDouble(given.getOrDefault("--rate", "1000")),
                    Integer.parseInt(given.getOrDefault("--disorder-ms", "2000")),
                    Integer.parseInt(given.getOrDefault("--harvests", "0")),
                    identity.equals("upstream"),
                    out == null ? null : Path.of(out),
                    expect == null ? null : Path.of(expect));
        }

        private static void require(boolean condition, String complaint) {
            if (!condition) {
                throw new IllegalArgumentException(complaint);
            }
        }
    }

    public RecordGenerator(Options options) {
        this.options = options;
        random = options.seed();
        startTicks = options.start().toEpochMilli() * TICKS_PER_MS;
        operations.addAll(Operations.READS);
        operations.addAll(Operations.OTHERS);

        WireShapes shapes = new WireShapes();
        templates = new Template[operations.size()][];
        int longest = 0;
        for (int i = 0; i < templates.length; i++) {
            templates[i] = templatesOf(shapes, operations.get(i));
            for (Template template : templates[i]) {
                longest = Math.max(longest, template.bytes.length);
            }
        }
        maxRecordBytes = longest;

        upns = new String[options.upns() + options.harvests()];
        Arrays.setAll(upns, person -> Template.upn(person));

        long[] planned = new long[options.harvests() * HARVEST_RECORDS];
        harvestPersons = new int[planned.length];
        harvestRecords = planHarvests(planned);
    }

    /** Room that {@link #next(byte[], int)} needs at most, in bytes. */
    public int maxRecordBytes() {
        return maxRecordBytes;
    }

    public boolean hasNext() {
        return index < options.records();
    }

    /** The next record, a line of JSON without its end. */
    public byte[] next() {
        byte[] record = new byte[maxRecordBytes];
        return Arrays.copyOf(record, next(record, 0) - 1);
    }

    /**
     * Writes the next record and a line end into a buffer.
     *
     * @param at where it begins; {@link #maxRecordBytes} must fit
     * @return where it ends
     */
    public int next(byte[] into, int at) {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        long offset = (long) (index * (TICKS_PER_SECOND / options.rate()));
        long arrival = startTicks + offset;
        long ticks = arrival + (long) (share() * options.disorderMs() * TICKS_PER_MS);

        boolean harvest = nextHarvestRecord < harvestRecords.length && harvestRecords[nextHarvestRecord] == index;
        int person;
        int operation;
        int variant;
        if (harvest) {
            person = harvestPersons[nextHarvestRecord];
            operation = operations.indexOf(HARVEST_OPERATIONS.get(nextHarvestRecord % HARVEST_OPERATIONS.size()));
            variant = Template.PERSON;
            nextHarvestRecord++;
        } else {
            boolean noUpn = share() < options.noUpn();
            person = below(options.upns());
            int reads = Operations.READS.size();
            operation = share() < options.reads() ? below(reads) : reads + below(operations.size() - reads);
            int denied = below(DENIED_ONE_IN) == 0 ? 1 : 0;
            variant = (noUpn ? Template.PROGRAM : Template.PERSON) + denied;
        }

        if (index % 1024 == 0) {
            // Every later record's time is its arrival or after.
            expected.settleBefore(arrival / TICKS_PER_MS);
        }
        String action = operations.get(operation);
        if (variant < Template.PROGRAM && !(options.upstream() && action.startsWith("Vault"))) {
            expected.count(ticks / TICKS_PER_MS, upns[person], action);
        }
        index++;
        return write(templates[operation][variant], into, at, ticks, person);
    }

    /** The alerts of all records so far, as the rule must give them. To be asked once, at the end. */
    public List<ExpectedAlert> expected() {
        return expected.alerts();
    }

    /** Writes all remaining records, a line each. */
    public void writeTo(OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        int end = 0;
        while (hasNext()) {
            if (end + maxRecordBytes > buffer.length) {
                out.write(buffer, 0, end);
                end = 0;
            }
            end = next(buffer, end);
        }
        out.write(buffer, 0, end);
        out.flush();
    }

    public static void main(String[] args) throws IOException {
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException | DateTimeException e) {
            System.err.println(e.getMessage());
            System.err.println("usage: RecordGenerator " + Options.USAGE);
            System.exit(2);
            return;
        }
        RecordGenerator generator = new RecordGenerator(options);
        Path out = options.out();
        long began = System.nanoTime();
        if (out == null) {
            generator.writeTo(System.out);
        } else {
            // No BufferedOutputStream: the generator writes a megabyte at a time.
            try (OutputStream file = new FileOutputStream(out.toFile())) {
                generator.writeTo(file);
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        System.err.printf(
                Locale.ROOT,
                "%d records in %.2f s, %.0f a second%n",
                options.records(),
                seconds,
                options.records() / seconds);
        Path expect = options.expect();
        if (expect != null) {
            List<ExpectedAlert> alerts = generator.expected();
            Files.write(expect, expectedLines(alerts));
            System.err.printf(Locale.ROOT, "%d expected alerts%n", alerts.size());
        }
    }

    /** One alert a line: minute, upn, event_count, actions. */
    static byte[] expectedLines(List<ExpectedAlert> alerts) {
        List<Map<String, Object>> lines = new ArrayList<>();
        for (ExpectedAlert alert : alerts) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("minute", alert.minute().toString());
            line.put("upn", alert.upn());
            line.put("event_count", alert.eventCount());
            line.put("actions", alert.actions());
            lines.add(line);
        }
        return new WireShapes().lines(lines);
    }

    /**
     * Chooses the records that belong to harvests: each harvest begins five seconds into a minute, so that it stays in it
     * whatever the disorder up to 25 s; in a run of less than two minutes, anywhere.
     */
    private long[] planHarvests(long[] planned) {
        long perMinute = Math.max(1, Math.round(options.rate() * 60));
        long stride = Math.max(1, (long) (options.rate() * HARVEST_SECONDS / HARVEST_RECORDS));
        stride = Math.max(1, Math.min(stride, options.records() / (2L * HARVEST_RECORDS)));
        long minutes = options.records() / perMinute;
        long[] keys = new long[planned.length];
        for (int harvest = 0; harvest < options.harvests(); harvest++) {
            long first = minutes < 2
                    ? below((int) Math.min(Integer.MAX_VALUE, Math.max(1, options.records() / 2)))
                    : below((int) Math.min(Integer.MAX_VALUE, minutes)) * perMinute + perMinute / 12;
            for (int i = 0; i < HARVEST_RECORDS; i++) {
                // Sorted by record, then harvester: both in one number, people fit in 24 bits.
                keys[harvest * HARVEST_RECORDS + i] = (first + i * stride) << 24 | (options.upns() + harvest);
            }
        }
        Arrays.sort(keys);
        for (int i = 0; i < keys.length; i++) {
            harvestPersons[i] = (int) (keys[i] & 0xff_ffff);
            long record = keys[i] >>> 24;
            // Two harvests may want one record: the second takes the next.
            planned[i] = i == 0 ? record : Math.max(record, planned[i - 1] + 1);
        }
        return planned;
    }

    private int write(Template template, byte[] into, int at, long ticks, int person) {
        byte[] bytes = template.bytes;
        System.arraycopy(bytes, 0, into, at, bytes.length);
        putTime(into, at + template.time, ticks);
        putDecimal(into, at + template.correlation, index, 12);
        putAll(into, at, template.persons, person, USER_DIGITS);
        putAll(into, at, template.addresses, 100 + person % ADDRESSES, 3);
        putAll(into, at, template.vaults, below(VAULTS), 3);
        if (template.versions.length > 0) {
            long version = nextRandom();
            for (int mark : template.versions) {
                putHex(into, at + mark, version);
            }
        }
        return at + bytes.length;
    }

    private void putTime(byte[] into, int at, long ticks) {
        long second = ticks / TICKS_PER_SECOND;
        long newDay = second / SECONDS_PER_DAY;
        if (newDay != day) {
            day = newDay;
            dayText = LocalDate.ofEpochDay(day).toString().getBytes(StandardCharsets.US_ASCII);
        }
        System.arraycopy(dayText, 0, into, at, dayText.length);
        int secondOfDay = (int) (second % SECONDS_PER_DAY);
        putDecimal(into, at + 11, secondOfDay / 3600, 2);
        putDecimal(into, at + 14, secondOfDay / 60 % 60, 2);
        putDecimal(into, at + 17, secondOfDay % 60, 2);
        putDecimal(into, at + 20, ticks % TICKS_PER_SECOND, 7);
    }

    private static void putAll(byte[] into, int at, int[] marks, long number, int width) {
        for (int mark : marks) {
            putDecimal(into, at + mark, number, width);
        }
    }

    private static void putDecimal(byte[] into, int at, long number, int width) {
        long rest = number;
        for (int i = at + width - 1; i >= at; i--) {
            into[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    private static void putHex(byte[] into, int at, long number) {
        for (int i = 0; i < 16; i++) {
            into[at + i] = HEX[(int) (number >>> (i * 4)) & 15];
        }
    }

    private double share() {
        return (nextRandom() >>> 11) * 0x1.0p-53;
    }

    private int below(int bound) {
        return (int) (((nextRandom() >>> 32) * bound) >>> 32);
    }

    /** SplitMix64 (Steele, Lea, Flood 2014), written out because the JDK does not promise which one it has. */
    private long nextRandom() {
        random += 0x9e3779b97f4a7c15L;
        long z = random;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** By person or program, then granted or denied: see the indices in {@link Template}. */
    private static Template[] templatesOf(WireShapes shapes, String operation) {
        Template[] variants = new Template[4];
        variants[Template.PERSON] = new Template(shapes, operation, Template.caller(true), 200);
        variants[Template.PERSON + 1] = new Template(shapes, operation, Template.caller(true), 403);
        variants[Template.PROGRAM] = new Template(shapes, operation, Template.caller(false), 200);
        variants[Template.PROGRAM + 1] = new Template(shapes, operation, Template.caller(false), 403);
        return variants;
    }

    /** A finished record whose changing parts are known by place: offsets of digits in {@link #bytes}. */
    private static final class Template {

        static final int PERSON = 0;
        static final int PROGRAM = 2;

        private static final Instant TIME = Instant.parse("2001-02-03T04:05:06.0000007Z");
        private static final String CORRELATION = "00000000-0000-4000-9000-";
        private static final String USER = "user";
        private static final String OID = "00000000-0000-4000-8000-0000a";
        private static final String ADDRESS = "203.0.113.";
        private static final String VAULT = "contoso-example-";
        /** The first half of an object's version changes, the second marks the place. */
        private static final String VERSION_END = "e0e0e0e0e0e0e0e0";

        private static final String SUBSCRIPTION = "00000000-0000-4000-8000-0000000005b1";
        private static final Place NOWHERE = new Place("-", "-", "-", "-", "-", 0, 0, 64500, "-");
        // As long as those of real SDKs and networks, which is what makes a record 1.4 KB.
        private static final String CLIENT =
                "azsdk-net-Security.KeyVault.Secrets/4.6.0 (.NET 8.0.11; Microsoft Windows 10.0.20348)"
                        + " azsdk-net-Core/1.44.1";
        private static final String NETWORK = "/subscriptions/" + SUBSCRIPTION
                + "/resourcegroups/rg-network-shared/providers/microsoft.network/virtualnetworks/vnet-hub-weu"
                + "/subnets/snet-workloads-01";

        private final byte[] bytes;
        private final int time;
        private final int correlation;
        private final int[] persons;
        private final int[] addresses;
        private final int[] vaults;
        private final int[] versions;

        Template(WireShapes shapes, String operation, Caller caller, int httpStatus) {
            boolean named = Operations.namesObject(operation);
            Fact fact = new Fact(
                    TIME,
                    operation,
                    caller,
                    new Vault(VAULT + "000", "rg-example-platform-01", SUBSCRIPTION),
                    named ? "service-bus-connection-string" : null,
                    named ? "0000000000000000" + VERSION_END : null,
                    operation.equals("Authentication") ? 401 : httpStatus,
                    42,
                    CORRELATION + "000000000000");
            bytes = shapes.lines(List.of(shapes.raw(fact)));

            // Latin-1: one character a byte, so that places in the text are places in the bytes.
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            time = text.indexOf("2001-02-03T04:05:06.0000007Z");
            correlation = text.indexOf(CORRELATION) + CORRELATION.length();
            persons = concat(marks(text, USER + "0000000@", USER.length()), marks(text, OID, OID.length()));
            addresses = marks(text, ADDRESS, ADDRESS.length());
            vaults = concat(
                    marks(text, VAULT, VAULT.length()), marks(text, VAULT.toUpperCase(Locale.ROOT), VAULT.length()));
            versions = marks(text, VERSION_END, -16);
        }

        static String upn(int person) {
            return String.format(Locale.ROOT, "%s%0" + USER_DIGITS + "d@contoso.example", USER, person);
        }

        static Caller caller(boolean person) {
            String oid = OID + "0".repeat(USER_DIGITS);
            String appId = "00000000-0000-4000-8000-00000000a991";
            String upn = upn(0);
            String identity = "/subscriptions/" + SUBSCRIPTION
                    + "/resourcegroups/rg-example-platform-01/providers/Microsoft.Web/sites/app-example-backend";
            return person
                    ? new Caller(upn, upn, oid, appId, ADDRESS + "100", NOWHERE, CLIENT, null, NETWORK)
                    : new Caller(null, null, oid, appId, ADDRESS + "100", NOWHERE, CLIENT, identity, NETWORK);
        }

        private static int[] marks(String text, String sought, int shift) {
            List<Integer> found = new ArrayList<>();
            for (int at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + sought.length())) {
                found.add(at + shift);
            }
            return found.stream().mapToInt(Integer::intValue).toArray();
        }

        private static int[] concat(int[] first, int[] second) {
            int[] both = Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);
            return both;
        }
    }
}
