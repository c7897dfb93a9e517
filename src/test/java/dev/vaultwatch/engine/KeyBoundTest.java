package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ordered rules find of a key nothing that rests on other keys' events. */
class KeyBoundTest {
    private static boolean isBound(String epl) {
        Rule rule = Rule.builder("rule")
                .window(new Window.Ordered(Duration.ofMinutes(5), Duration.ofMinutes(5)))
                .key(GroupingKey.of(List.of(Property.UPN, Property.VAULT)))
                .epl(epl + ";")
                .build();
        return Rules.compile(rule).rules().get(0).shape().keyBound();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 min)",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 min) group by vault, upn, appId having count(*) > 2",
                "insert into Denied select upn, vault from KeyVaultEvent(httpStatus = 403); @name('alert') select upn, vault,"
                        + " count(*) as n from Denied#time(1 min) group by upn, vault",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 sec) as k where not exists (select * from"
                        + " KeyVaultEvent#time(1 min) as l where l.vault = k.vault and k.upn = l.upn and l.action = 'SecretList')",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 sec) as k where (select count(*) from"
                        + " KeyVaultEvent#time(1 min) as l where l.vault = k.vault and k.upn = l.upn) > 3",
                "@name('alert') select a.upn as upn, a.vault as vault from pattern [every a=KeyVaultEvent -> ([2]"
                        + " b=KeyVaultEvent(upn = a.upn, vault = a.vault) and not KeyVaultEvent(vault = a.vault, upn = a.upn,"
                        + " action = 'SecretSet')) where timer:within(1 min)]",
                "@name('alert') select a.upn as upn, a.vault as vault from pattern [every-distinct(a.upn, a.vault, 1 min)"
                        + " a=KeyVaultEvent -> (timer:interval(1 min) and not KeyVaultEvent(upn = a.upn, vault = a.vault))]",
                "@name('alert') select upn, vault from KeyVaultEvent match_recognize (partition by upn, vault measures A.upn as"
                        + " upn, A.vault as vault pattern (A B) define B as B.httpStatus = 403)"
            })
    @DisplayName("Grouped, partitioned and joined by the key, it is bound to it")
    void bound(String epl) {
        assertThat(isBound(epl)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "@name('alert') select upn, vault from KeyVaultEvent#length(9)",
                "@name('alert') select upn, vault, count(*) as n from KeyVaultEvent#time(1 min)",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 min) having count(*) > 2",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 min) group by upn having count(*) > 2",
                "insert into Busy select upn, vault, count(*) as n from KeyVaultEvent#time(1 min) group by upn, vault;"
                        + " @name('alert') select upn, vault from Busy#time(1 min) group by upn, vault having count(*) > 2",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 sec) as k where exists (select * from"
                        + " KeyVaultEvent#time(1 min) as l where l.vault = k.vault and l.appId = k.appId)",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 sec) as k where exists (select * from"
                        + " KeyVaultEvent#time(1 min) as l where l.vault = k.vault or k.upn = l.upn)",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 sec) as k where exists (select * from"
                        + " KeyVaultEvent#time(1 min) as l where l.vault = k.vault and l.upn = upn)",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 sec) as k where exists (select * from"
                        + " KeyVaultEvent#length(9) as l where l.vault = k.vault and k.upn = l.upn)",
                "@name('alert') select upn, vault from KeyVaultEvent#time(1 sec) as k where sourceIp in (select sourceIp from"
                        + " KeyVaultEvent(httpStatus = 403)#time(1 min))",
                "@name('alert') select upn, vault from KeyVaultEvent(exists (select * from KeyVaultEvent#time(1 min)))#time(1 sec)",
                "@name('alert') select a.upn as upn, a.vault as vault from pattern [every a=KeyVaultEvent ->"
                        + " (b=KeyVaultEvent(upn = a.upn)) where timer:within(1 min)]",
                "@name('alert') select a.upn as upn, a.vault as vault from pattern [every (a=KeyVaultEvent ->"
                        + " (b=KeyVaultEvent(upn = a.upn, vault = a.vault)) where timer:within(1 min))]",
                "@name('alert') select a.upn as upn, a.vault as vault from pattern [every-distinct(a.upn, 1 min)"
                        + " a=KeyVaultEvent -> (b=KeyVaultEvent(upn = a.upn, vault = a.vault)) where timer:within(1 min)]",
                "@name('alert') select upn, vault from KeyVaultEvent match_recognize (partition by upn measures A.upn as"
                        + " upn, A.vault as vault pattern (A B) define B as B.httpStatus = 403)"
            })
    @DisplayName("Where other keys' events may decide, it is not")
    void free(String epl) {
        assertThat(isBound(epl)).isFalse();
    }
}
