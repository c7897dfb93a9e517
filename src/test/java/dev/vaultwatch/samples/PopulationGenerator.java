package dev.vaultwatch.samples;

import dev.vaultwatch.samples.Fact.Caller;
import dev.vaultwatch.samples.Fact.Place;
import dev.vaultwatch.samples.Fact.Vault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Records of an invented company of 20,000 users, in the wire shapes and with the shares of a {@link Profile}, and the alerts that
 * they must cause. Unlike {@link RecordGenerator}'s, no two records are of one template: users are drawn by Zipf's law with exponent
 * 1 (the busiest read over a thousand times a minute), names differ in length, 7 % of the users have one beyond ASCII and 10 %
 * capitals in it, 30 % of the records are service principals', 5 % of the users' claims are named by URL, one user agent in 200
 * needs escapes, 2 % of the operations fail, times are up to 2 s out of order.
 *
 * <p>Some microseconds a record. One thread. The same profile and seed give the same bytes.
 */
public final class PopulationGenerator {
    private static final int USERS = 20_000;
    private static final int PROGRAMS = 300;
    private static final int VAULTS = 400;
    private static final int SUBSCRIPTIONS = 20;
    private static final int OBJECTS = 3_000;
    private static final double PER_SECOND = 555;
    private static final double DISORDER_SECONDS = 2;
    private static final double READS = 0.60;
    private static final double SECRET_GETS = 0.45;
    private static final double PROGRAM_RECORDS = 0.30;
    private static final Instant START = Instant.parse("2026-11-03T00:00:00Z");

    private static final String[] SYLLABLES = {
        "an", "ber", "chris", "da", "el", "fran", "gre", "hil", "is", "jo", "kath", "le", "mar", "nor", "os", "pe",
        "ro", "ste", "ti", "ul", "vic", "wil", "ya", "zo"
    };
    private static final String[] FOREIGN = {"mül", "jör", "zoë", "kå", "ñu", "łuk", "дим", "björn"};
    private static final String[] AGENTS = {
        "azsdk-python-keyvault-secrets/4.7.0 Python/3.11.4 (Linux-5.15.0-1041-azure-x86_64-with-glibc2.31)",
        "azsdk-net-Security.KeyVault.Secrets/4.5.0 (.NET 6.0.25; Microsoft Windows 10.0.20348)",
        "azsdk-java-client_name/4.7.1 (17.0.8; Linux; 5.15.0)",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36",
        "Go/go1.20.7 (amd64-linux) go-autorest/v14.2.1 hashicorp/go-azure-sdk",
        "AZURECLI/2.53.1 azsdk-python-core/1.28.0",
        "FxVersion/4.7.4081.0 OSName/Windows OSVersion/10.0 Microsoft.Azure.KeyVault.KeyVaultClient/3.0.5.0",
    };
    private static final String ODD_AGENT = "\"curl\\7.88.1\"\t(build \"x\\y\")";
    private static final Place PLACE =
            new Place("Zürich", "Zürich", "Switzerland", "CH", "Europe", 47.36, 8.55, 64500, "Example Carrier AG");

    private static final List<Profile.Shape> SHAPES = List.of(
            Profile.Shape.RAW,
            Profile.Shape.DIAGNOSTICS,
            Profile.Shape.AUDIT_LOGS,
            Profile.Shape.ECS_NESTED,
            Profile.Shape.ECS_DOTTED);

    private static final HexFormat HEX = HexFormat.of();

    private final Profile profile;
    private final long records;
    private final SplittableRandom random;
    private final WireShapes shapes = new WireShapes();
    private final ExpectedAlerts expected = new ExpectedAlerts();
    private final Caller[] users = new Caller[USERS];
    private final Caller[] programs = new Caller[PROGRAMS];
    private final Vault[] vaults = new Vault[VAULTS];
    private final String[] objects = new String[OBJECTS];
    private final double[] zipf = new double[USERS];
    private final List<String> otherReads = new ArrayList<>(Operations.READS);
    private long index;

    public PopulationGenerator(Profile profile, long records, long seed) {
        this.profile = profile;
        this.records = records;
        this.random = new SplittableRandom(seed);
        otherReads.remove("SecretGet");
        String[] subscriptions = new String[SUBSCRIPTIONS];
        Arrays.setAll(subscriptions, i -> guid());
        Arrays.setAll(vaults, i -> vault(i, subscriptions[i % SUBSCRIPTIONS]));
        Arrays.setAll(objects, i -> String.join("-", word(1 + i % 4), word(1 + i % 3), Integer.toString(i)));
        Arrays.setAll(users, this::user);
        Arrays.setAll(programs, this::program);
        double sum = 0;
        for (int i = 0; i < USERS; i++) {
            sum += 1.0 / (i + 1);
            zipf[i] = sum;
        }
    }

    private Vault vault(int number, String subscription) {
        String name = word(1 + number % 3) + "-" + word(1 + number % 2) + "-" + number;
        return new Vault(name, "rg-" + word(1 + number % 4), subscription);
    }

    private Caller user(int number) {
        String first = number % 14 == 3 ? FOREIGN[number / 14 % FOREIGN.length] + word(1) : word(1 + number % 3);
        String upn = first + "." + word(1 + number % 4) + number
                + (number % 3 == 0 ? "@emea.contoso.example" : "@contoso.example");
        if (number % 10 == 4) {
            upn = upn.substring(0, 1).toUpperCase(Locale.ROOT) + upn.substring(1);
        }
        return new Caller(
                upn,
                upn,
                guid(),
                guid(),
                "198.51.100." + number % 255,
                PLACE,
                AGENTS[number % AGENTS.length],
                null,
                null);
    }

    private Caller program(int number) {
        String identity = number % 2 == 0
                ? null
                : "/subscriptions/" + guid() + "/resourcegroups/rg-" + word(2)
                        + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-" + word(3);
        return new Caller(
                null,
                null,
                guid(),
                guid(),
                "10.0." + number % 200 + ".4",
                PLACE,
                AGENTS[number % AGENTS.length],
                identity,
                null);
    }

    private String word(int syllables) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < syllables; i++) {
            word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
        }
        return word.toString();
    }

    private String guid() {
        long high = random.nextLong();
        long low = random.nextLong();
        String hex = HEX.toHexDigits(high) + HEX.toHexDigits(low);
        return hex.substring(0, 8) + "-" + hex.substring(8, 12) + "-4" + hex.substring(13, 16) + "-9"
                + hex.substring(17, 20) + "-" + hex.substring(20);
    }

    public boolean hasNext() {
        return index < records;
    }

    /** The next line without its end: a record, or as many as the profile writes on one, or as are left. */
    public byte[] next() {
        if (profile.recordsPerLine() == 1) {
            return shapes.json(record());
        }
        List<Map<String, Object>> some = new ArrayList<>();
        while (some.size() < profile.recordsPerLine() && hasNext()) {
            some.add(record());
        }
        return shapes.json(Map.of("records", some));
    }

    private Map<String, Object> record() {
        Fact fact = fact();
        Profile.Shape shape =
                profile.shape() == Profile.Shape.ANY ? SHAPES.get(random.nextInt(SHAPES.size())) : profile.shape();
        Map<String, Object> record = switch (shape) {
            case DIAGNOSTICS -> shapes.azureDiagnostics(fact);
            case AUDIT_LOGS -> shapes.auditLogs(fact);
            case ECS_NESTED -> shapes.ecs(fact);
            case ECS_DOTTED -> shapes.ecsDotted(fact);
            default -> shapes.raw(fact);
        };
        if (profile.shape() == Profile.Shape.RAW && !fact.isAnonymous()) {
            claims(record, fact.upn() != null && index % 20 == 7);
        }
        expected.count(
                fact.time().toEpochMilli(),
                fact.upn() == null ? null : fact.upn().toLowerCase(Locale.ROOT),
                fact.operation());
        return profile == Profile.STRANGERS ? shuffled(record) : record;
    }

    /** Adds what tokens have beside what rules read, and names a user by URL as tokens of version 1 do. */
    @SuppressWarnings("unchecked") // every map is made by WireShapes, keyed by name
    private void claims(Map<String, Object> record, boolean byUrl) {
        Map<String, Object> identity = (Map<String, Object>) Objects.requireNonNull(record.get("identity"));
        Map<String, Object> claims = (Map<String, Object>) Objects.requireNonNull(identity.get("claim"));
        Object upn = byUrl ? claims.remove("upn") : null;
        if (upn != null) {
            claims.put(WireShapes.UPN_BY_URL, upn);
        }
        claims.put("aud", "https://vault.azure.net");
        claims.put("iss", "https://sts.windows.net/" + WireShapes.TENANT + "/");
        claims.put("http://schemas.microsoft.com/claims/authnclassreference", "1");
        claims.put("http://schemas.microsoft.com/identity/claims/tenantid", WireShapes.TENANT);
        claims.put("uti", guid().substring(0, 22));
        claims.put("ver", "1.0");
    }

    @SuppressWarnings("unchecked") // as above
    private Map<String, Object> shuffled(Map<String, Object> record) {
        List<String> names = new ArrayList<>(record.keySet());
        Collections.shuffle(names, new Random(random.nextLong()));
        Map<String, Object> shuffled = new LinkedHashMap<>();
        for (String name : names) {
            Object value = record.get(name);
            shuffled.put(name, value instanceof Map<?, ?> nested ? shuffled((Map<String, Object>) nested) : value);
        }
        return shuffled;
    }

    private Fact fact() {
        double seconds = index / PER_SECOND + random.nextDouble() * DISORDER_SECONDS;
        // In steps of 100 ns, as Azure writes times.
        Instant time = START.plusNanos(100 * (long) (seconds * 1e7));
        if (index % 1024 == 0) {
            expected.settleBefore(
                    START.plusMillis((long) (index / PER_SECOND * 1000)).toEpochMilli());
        }
        index++;
        boolean read = random.nextDouble() < (profile == Profile.NOISE ? 0.05 : READS);
        String operation = !read
                ? Operations.OTHERS.get(random.nextInt(Operations.OTHERS.size()))
                : random.nextDouble() < SECRET_GETS ? "SecretGet" : otherReads.get(random.nextInt(otherReads.size()));
        Caller caller = random.nextDouble() < PROGRAM_RECORDS ? programs[random.nextInt(PROGRAMS)] : user(read);
        if (random.nextInt(200) == 0) {
            caller = new Caller(
                    caller.upn(),
                    caller.uniqueName(),
                    caller.oid(),
                    caller.appId(),
                    caller.ip(),
                    caller.place(),
                    ODD_AGENT,
                    caller.managedIdentity(),
                    caller.subnetId());
        }
        boolean named = Operations.namesObject(operation);
        return new Fact(
                time,
                operation,
                caller,
                vaults[random.nextInt(VAULTS)],
                named ? objects[random.nextInt(OBJECTS)] : null,
                named ? guid().replace("-", "") : null,
                operation.equals("Authentication") ? 401 : random.nextInt(50) == 0 ? 403 : 200,
                1 + random.nextInt(2_000),
                guid());
    }

    private Caller user(boolean read) {
        if (profile == Profile.STORM && read && random.nextDouble() < 0.5 / (1 - PROGRAM_RECORDS)) {
            return users[1];
        }
        if (profile == Profile.QUIET) {
            return users[random.nextInt(500) == 0 ? 1 : random.nextInt(USERS)];
        }
        int at = Arrays.binarySearch(zipf, random.nextDouble() * zipf[USERS - 1]);
        return users[at < 0 ? -at - 1 : at];
    }

    /** The alerts of all records so far, as the rule must give them, the users' names in small letters. To be asked once, at the end. */
    public List<ExpectedAlert> expected() {
        return expected.alerts();
    }
}
