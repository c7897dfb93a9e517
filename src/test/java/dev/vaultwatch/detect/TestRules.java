package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One small rule of each kind, compiled once for all tests of this package: that takes longer than the tests. */
final class TestRules {
    /** At least three reads of a user in a minute. */
    static final Rule BURST = burst("burst", 3);

    /** A get within ten seconds after a list, by one user; two such within 20 s are one alert. */
    static final Rule CHAIN = Rule.builder("chain")
            .window(new Window.Ordered(Duration.ofSeconds(10), Duration.ofSeconds(20)))
            .epl("@name('alert') select a.upn as upn from pattern [every"
                    + " a=KeyVaultEvent(action = 'SecretList', upn is not null)"
                    + " -> (b=KeyVaultEvent(action = 'SecretGet', upn = a.upn)) where timer:within(10 sec)];")
            .build();

    /** Each purge. */
    static final Rule PURGE = Rule.builder("purge")
            .window(new Window.Single())
            .epl("@name('alert') select upn, vault from KeyVaultEvent(action = 'SecretPurge');")
            .build();

    /** At least three gets of a user within ten seconds; how many is what it shows. */
    static final Rule SLIDE = Rule.builder("slide")
            .window(new Window.Ordered(Duration.ofSeconds(10), Duration.ofSeconds(20)))
            .epl("@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'SecretGet', upn is not"
                    + " null)#time(10 sec) group by upn having count(*) >= 3;")
            .build();

    /** Throws on each event with a status. */
    static final Rule THROWING = Rule.builder("throwing")
            .window(new Window.Single())
            .epl("@name('alert') select upn from KeyVaultEvent(httpStatus % (httpStatus - httpStatus) = 0);")
            .build();

    /** A list without a get of the same user within five seconds: time alone brings it out. */
    static final Rule MISSED = Rule.builder("missed")
            .window(new Window.Ordered(Duration.ofSeconds(10), Duration.ofSeconds(20)))
            .epl("@name('alert') select a.upn as upn from pattern [every"
                    + " a=KeyVaultEvent(action = 'SecretList', upn is not null)"
                    + " -> (timer:interval(5 sec) and not KeyVaultEvent(action = 'SecretGet', upn = a.upn))];")
            .build();

    /** As the slide, and throws on each event with a status. */
    static final Rule SLIDE_THROWING = Rule.builder("slide")
            .window(new Window.Ordered(Duration.ofSeconds(10), Duration.ofSeconds(20)))
            .epl("@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'SecretGet', upn is not null,"
                    + " httpStatus is null or httpStatus % (httpStatus - httpStatus) = 0)#time(10 sec)"
                    + " group by upn having count(*) >= 3;")
            .build();

    /** As the burst, and throws on each event with a status. */
    static final Rule BURST_THROWING =
            burst("burst", 3, "upn is not null, httpStatus is null or httpStatus % (httpStatus - httpStatus) = 0");

    static final CompiledRules BURSTS = compile(BURST);
    static final CompiledRules CHAINS = compile(CHAIN);
    static final CompiledRules PURGES = compile(PURGE);
    static final CompiledRules THROWS = compile(THROWING, PURGE);
    static final CompiledRules SLIDES = compile(SLIDE);
    static final CompiledRules MISSES = compile(MISSED);
    static final CompiledRules THROWING_SLIDES = compile(SLIDE_THROWING);
    static final CompiledRules THROWING_BURSTS = compile(BURST_THROWING);
    static final CompiledRules ALL = compile(BURST, CHAIN, PURGE);

    private TestRules() {}

    static Rule burst(String id, int least) {
        return burst(id, least, "upn is not null");
    }

    static Rule burst(String id, int least, String filter) {
        return burst(id, least, filter, "");
    }

    static Rule burst(String id, int least, String filter, String condition) {
        return Rule.builder(id)
                .eventCount(Optional.of("reads"))
                .epl("@name('alert') select upn, count(*) as reads from KeyVaultEvent(action in ('SecretGet',"
                        + " 'SecretList'), " + filter + ")#time_batch(1 min, 0L) group by upn having count(*) >= "
                        + least + condition + ";")
                .build();
    }

    static CompiledRules compile(Rule... rules) {
        return new RuleCompiler().compile(List.of(rules));
    }
}
