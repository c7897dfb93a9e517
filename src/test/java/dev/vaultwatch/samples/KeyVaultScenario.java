package dev.vaultwatch.samples;

import dev.vaultwatch.samples.Fact.Caller;
import dev.vaultwatch.samples.Fact.Place;
import dev.vaultwatch.samples.Fact.Vault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Invented calls to invented vaults, the same for the same seed on every machine and JDK ({@link Random}'s algorithm is
 * specified). Everyone lives under {@code .example}, at documentation addresses (RFC 5737, RFC 3849) of documentation
 * networks (RFC 5398); only the client applications that anybody's log would name are Microsoft's real ones.
 *
 * <p>A scenario draws from its random numbers at each call, so two calls in another order give other facts. One thread.
 */
public final class KeyVaultScenario {

    /** The hour that {@code src/samples} holds. */
    public static final Instant QUIET_HOUR = Instant.parse("2026-11-03T02:00:00Z");

    /** Whom that hour's one alert is about, and when. */
    public static final String HARVESTER = "mallory.frost@contoso.example";

    public static final Instant HARVEST_MINUTE = Instant.parse("2026-11-03T02:41:00Z");

    /** Whose minutes come close and must not alert. */
    public static final String NINE_READS = "nina.nine@contoso.example";

    public static final String ONE_ACTION = "olive.once@contoso.example";
    public static final String OVER_THE_EDGE = "sam.split@contoso.example";

    /** Azure Resource Graph and Policy Insights, which read every vault; the Sentinel rules except them by name. */
    public static final String RESOURCE_GRAPH = "509e4652-da8d-478d-a730-e9d4a1996ca4";

    public static final String POLICY_INSIGHTS = "8cae6e77-e04e-42ce-b5cb-50d82bce26b1";

    private static final String AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
    private static final String AZURE_POWERSHELL = "1950a258-227b-4e31-a9cf-717495945fc2";
    private static final String AZURE_PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";

    private static final String SUBSCRIPTION = "00000000-0000-4000-8000-0000000005b1";

    private static final Vault PAYMENTS = new Vault("contoso-pay-example", "rg-payments", SUBSCRIPTION);
    private static final Vault WEB = new Vault("contoso-web-example", "rg-web", SUBSCRIPTION);
    private static final Vault PEOPLE = new Vault("contoso-hr-example", "rg-people", SUBSCRIPTION);

    private static final Place OFFICE =
            new Place("Zurich", "Zurich", "Switzerland", "CH", "Europe", 47.37, 8.55, 64500, "Contoso Office Network");
    private static final Place CLOUD = new Place(
            "Amsterdam",
            "North Holland",
            "Netherlands",
            "NL",
            "Europe",
            52.37,
            4.9,
            64501,
            "Example Cloud Data Centres");
    private static final Place FAR_AWAY = new Place(
            "Reykjavik",
            "Capital Region",
            "Iceland",
            "IS",
            "Europe",
            64.14,
            -21.94,
            64511,
            "Anonymous Hosting Example");

    private static final String CLI = "AZURECLI/2.74.0 azsdk-python-keyvault-secrets/4.9.0 Python/3.12.10";
    private static final String POWERSHELL = "AzurePowershell/v12.3.0 azsdk-net-Security.KeyVault.Secrets/4.6.0";
    private static final String BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Portal/1.0";
    private static final String JAVA = "azsdk-java-keyvault-secrets/4.9.2 (17.0.15; Linux; 5.15.0)";

    private static final List<String> OBJECT_NAMES = List.of(
            "db-password", "api-token", "signing", "tls-frontend", "smtp-relay", "backup", "webhook", "ldap-bind");

    /** Arrivals of one vault's records are out of order by no more than this. */
    private static final int DISORDER_MS = 3000;

    private final Random random;
    private int calls;

    public KeyVaultScenario(long seed) {
        random = new Random(seed);
    }

    /** The facts of {@code src/samples}, in order of arrival. */
    public static List<Fact> quietHour() {
        return new KeyVaultScenario(20_261_103).hour();
    }

    /**
     * One caller's calls, spread over a time and answered with 200, in order of time.
     *
     * @param from no call is earlier
     * @param within every call is earlier than {@code from} and this
     */
    public List<Fact> burst(Caller caller, Vault vault, Instant from, Duration within, List<String> operations) {
        List<Fact> burst = new ArrayList<>();
        long step = within.toNanos() / operations.size();
        for (int i = 0; i < operations.size(); i++) {
            // Whole 100 ns, as Azure writes them.
            long offset = (long) ((i + random.nextDouble()) * step) / 100 * 100;
            burst.add(fact(from.plusNanos(offset), operations.get(i), caller, vault));
        }
        return burst;
    }

    /** A person who enumerates a vault and then reads all there is: at least 10 reads of several operations. */
    public List<Fact> harvest(Caller caller, Vault vault, Instant from, Duration within) {
        return burst(
                caller,
                vault,
                from,
                within,
                List.of(
                        "VaultGet",
                        "SecretList",
                        "SecretGet",
                        "SecretGet",
                        "SecretGet",
                        "SecretListVersions",
                        "SecretGet",
                        "SecretGet",
                        "KeyList",
                        "KeyGet",
                        "KeyGet",
                        "CertificateList",
                        "CertificateGet",
                        "CertificatePolicyGet",
                        "SecretListDeleted"));
    }

    /** Sorts facts as they would arrive: each delayed by up to three seconds. */
    public List<Fact> arrivalOrder(List<Fact> facts) {
        record Arrival(Instant at, Fact fact) {}
        return facts.stream()
                .map(fact -> new Arrival(fact.time().plusMillis(random.nextInt(DISORDER_MS)), fact))
                .sorted(Comparator.comparing(Arrival::at))
                .map(Arrival::fact)
                .toList();
    }

    private List<Fact> hour() {
        List<Fact> facts = new ArrayList<>();
        people(facts);
        programs(facts);
        nearMisses(facts);
        theHarvest(facts);
        return arrivalOrder(facts);
    }

    private void people(List<Fact> facts) {
        Caller alice = person("alice.archer@contoso.example", 0xa11ce, AZURE_PORTAL, "198.51.100.21", BROWSER);
        Caller bob = person("bob.baker@contoso.example", 0xb0b, AZURE_CLI, "198.51.100.34", CLI);
        Caller carol = person("carol.cole@fabrikam.example", 0xca401, AZURE_POWERSHELL, "2001:db8:51::c0", POWERSHELL);
        // A personal Microsoft account: a person, but no claim that the rule could group by.
        Caller guest = new Caller(
                null,
                "live.com#erin@guests.example",
                guid(0xe417),
                AZURE_PORTAL,
                "198.51.100.77",
                OFFICE,
                BROWSER,
                null,
                null);
        sessions(facts, alice, PAYMENTS, 7, List.of("VaultGet", "SecretList", "SecretGet", "SecretSet"));
        sessions(facts, bob, WEB, 6, List.of("SecretGet", "CertificateList", "CertificateGet"));
        sessions(facts, carol, PEOPLE, 6, List.of("KeyList", "KeyGet", "KeyRotate"));
        sessions(facts, guest, WEB, 3, List.of("SecretList", "SecretGet"));

        facts.add(fact(at("02:12:44.0381275"), "SecretGet", bob, PAYMENTS).answered(403));
        facts.add(fact(at("02:19:08.4403198"), "SecretGet", alice, PAYMENTS).answered(404));
    }

    private void programs(List<Fact> facts) {
        Caller web = managedIdentity(0x3eb, 0x3ec, "192.0.2.41", "sites/contoso-web-example");
        Caller storage = managedIdentity(0x570, 0x571, "192.0.2.58", "storageAccounts/contosoexample");
        Caller release =
                Caller.program(guid(0xc1), guid(0xc2), "203.0.113.90", CLOUD, "azsdk-python-keyvault-secrets/4.9.0");
        Caller graph = Caller.program(
                guid(0x96af),
                RESOURCE_GRAPH,
                "192.0.2.5",
                CLOUD,
                "AzureResourceGraph.IngestionWorkerService.global/1.24.1.672");
        Caller policy = Caller.program(guid(0x9011), POLICY_INSIGHTS, "192.0.2.6", CLOUD, "PolicyInsights/1.0");

        for (int minute = 1; minute < 60; minute += 4) {
            Instant start = QUIET_HOUR.plus(Duration.ofMinutes(minute));
            facts.addAll(burst(web, WEB, start, Duration.ofSeconds(20), List.of("SecretGet")));
        }
        for (int minute = 3; minute < 60; minute += 7) {
            Instant start = QUIET_HOUR.plus(Duration.ofMinutes(minute));
            facts.addAll(burst(storage, PEOPLE, start, Duration.ofSeconds(10), List.of("KeyUnwrap", "KeyWrap")));
        }
        for (int minute = 6; minute < 60; minute += 17) {
            Instant start = QUIET_HOUR.plus(Duration.ofMinutes(minute));
            List<Fact> run = burst(
                    release,
                    PAYMENTS,
                    start,
                    Duration.ofSeconds(8),
                    List.of("Authentication", "SecretGet", "CertificateGet", "KeySign"));
            run.set(0, run.get(0).answered(401));
            facts.addAll(run);
        }
        for (Vault vault : List.of(PAYMENTS, WEB, PEOPLE)) {
            sessions(facts, graph, vault, 4, List.of("VaultGet"));
            sessions(facts, policy, vault, 1, List.of("VaultGet"));
        }
    }

    /** Each fails one condition of the rule, and that one only. */
    private void nearMisses(List<Fact> facts) {
        // Nine reads; with the three writes between them twelve calls.
        Caller nine = person(NINE_READS, 0x919e, AZURE_CLI, "198.51.100.45", CLI);
        facts.addAll(burst(
                nine,
                PAYMENTS,
                at("02:15:04"),
                Duration.ofSeconds(50),
                List.of(
                        "SecretList",
                        "SecretGet",
                        "SecretGet",
                        "SecretSet",
                        "SecretGet",
                        "SecretSet",
                        "SecretGet",
                        "KeyList",
                        "SecretSet",
                        "KeyGet",
                        "KeyGet",
                        "SecretGet")));

        // Twelve reads, all alike: a script in a loop.
        Caller once = person(ONE_ACTION, 0x011e, AZURE_POWERSHELL, "198.51.100.46", POWERSHELL);
        facts.addAll(burst(once, WEB, at("02:22:10"), Duration.ofSeconds(30), Collections.nCopies(12, "SecretGet")));

        // Eighteen reads in 14 seconds, nine on each side of the minute's edge; the tenth is on the edge itself, so
        // after it.
        Caller split = person(OVER_THE_EDGE, 0x5a4, AZURE_CLI, "198.51.100.47", CLI);
        List<String> half = List.of(
                "SecretList",
                "SecretGet",
                "SecretGet",
                "SecretGet",
                "SecretGet",
                "KeyList",
                "KeyGet",
                "KeyGet",
                "SecretGet");
        facts.addAll(burst(split, WEB, at("02:29:53"), Duration.ofSeconds(7), half));
        List<Fact> after = burst(split, WEB, at("02:30:00"), Duration.ofSeconds(7), half);
        after.set(0, after.get(0).at(at("02:30:00")));
        facts.addAll(after);

        // Fourteen reads of two operations, but by a program: no UPN.
        Caller migration =
                Caller.program(guid(0x316), guid(0x317), "203.0.113.91", CLOUD, "contoso-migration/0.3 " + JAVA);
        List<String> reads = new ArrayList<>(List.of("SecretList"));
        reads.addAll(Collections.nCopies(13, "SecretGet"));
        facts.addAll(burst(migration, PEOPLE, at("02:35:20"), Duration.ofSeconds(25), reads));
    }

    /** Three vaults in 47 seconds from an address that nobody else uses; the third vault says no. */
    private void theHarvest(List<Fact> facts) {
        Caller mallory = Caller.person(HARVESTER, guid(0xf4057), AZURE_CLI, "203.0.113.66", FAR_AWAY, CLI);

        // A look around the minute before, one of the two calls without a token.
        facts.add(fact(at("02:40:56.5130078"), "VaultGet", mallory, PAYMENTS));
        facts.add(fact(at("02:40:58.0072641"), "Authentication", mallory, PAYMENTS)
                .answered(401));

        facts.addAll(harvest(mallory, PAYMENTS, at("02:41:03"), Duration.ofSeconds(18)));
        facts.addAll(harvest(mallory, WEB, at("02:41:22"), Duration.ofSeconds(17)));
        List<Fact> denied = burst(
                mallory,
                PEOPLE,
                at("02:41:40"),
                Duration.ofSeconds(10),
                List.of("VaultGet", "SecretList", "SecretGet", "SecretGet", "SecretGet", "KeyList", "CertificateList"));
        for (Fact fact : denied) {
            facts.add(fact.isControlPlane() ? fact : fact.answered(403));
        }
        // Not a read to the rule, though it takes the secret away whole.
        facts.add(fact(at("02:41:51.2208415"), "SecretBackup", mallory, PAYMENTS));
        facts.add(fact(at("02:42:17.9045562"), "SecretGet", mallory, PAYMENTS));
        facts.add(fact(at("02:42:20.1180033"), "SecretGet", mallory, PAYMENTS));
    }

    /** Some work at each of a few moments of the hour: one to {@code operations.size()} calls of it. */
    private void sessions(List<Fact> facts, Caller caller, Vault vault, int count, List<String> operations) {
        for (int i = 0; i < count; i++) {
            Instant start = QUIET_HOUR.plusSeconds(random.nextInt(3540));
            List<String> done = operations.subList(0, 1 + random.nextInt(operations.size()));
            facts.addAll(burst(caller, vault, start, Duration.ofSeconds(40), done));
        }
    }

    private Fact fact(Instant time, String operation, Caller caller, Vault vault) {
        boolean named = Operations.namesObject(operation);
        String name = OBJECT_NAMES.get(random.nextInt(OBJECT_NAMES.size()));
        String version = String.format(Locale.ROOT, "%016x%016x", random.nextLong(), random.nextLong());
        int durationMs = 8 + random.nextInt(140);
        calls++;
        String correlationId = String.format(Locale.ROOT, "00000000-0000-4000-9000-%012x", calls);
        return new Fact(
                time,
                operation,
                caller,
                vault,
                named ? name : null,
                named ? version : null,
                200,
                durationMs,
                correlationId);
    }

    private static Caller person(String upn, int oid, String appId, String ip, String clientInfo) {
        return Caller.person(upn, guid(oid), appId, ip, OFFICE, clientInfo);
    }

    private static Caller managedIdentity(int oid, int appId, String ip, String owner) {
        String provider = owner.startsWith("sites") ? "Microsoft.Web/" : "Microsoft.Storage/";
        return new Caller(
                null,
                null,
                guid(oid),
                guid(appId),
                ip,
                CLOUD,
                JAVA,
                "/subscriptions/" + SUBSCRIPTION + "/resourcegroups/rg-web/providers/" + provider + owner,
                null);
    }

    /** A GUID that nobody takes for a real one. */
    private static String guid(int number) {
        return String.format(Locale.ROOT, "00000000-0000-4000-8000-%012x", number);
    }

    private static Instant at(String timeOfDay) {
        return Instant.parse("2026-11-03T" + timeOfDay + "Z");
    }
}
