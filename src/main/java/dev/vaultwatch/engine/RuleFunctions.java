package dev.vaultwatch.engine;

import dev.vaultwatch.rule.Cidr;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Functions that rules get from us, beside {@link DistinctFunctions}. Called by the code that Esper generates; without state, any
 * thread may.
 */
public final class RuleFunctions {
    static final String LOWER = "lower";
    static final String CIDR_MATCH = "cidr_match";

    private RuleFunctions() {}

    /** The text in lower case, whatever the machine's language; {@code null} for none. */
    public static @Nullable String lower(@Nullable String text) {
        return text == null ? null : text.toLowerCase(Locale.ROOT);
    }

    /** A network as rules write it. */
    static Cidr network(String text) {
        return Optional.of(text)
                .filter(each -> each.indexOf('/') >= 0)
                .flatMap(Cidr::of)
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + text + "' is no network; expected one such as '10.0.0.0/8' or '2001:db8::/32'"));
    }

    /**
     * Whether an IP address is in a network, as in {@code cidr_match(sourceIp, '10.0.0.0/8')}. An IPv4 address that is written as
     * an IPv6 one counts as IPv4.
     *
     * @param address an address, or anything else, which is in no network
     * @param network an address, a slash, and the number of bits that count
     * @throws IllegalArgumentException if the network is none
     */
    public static boolean cidrMatch(@Nullable String address, String network) {
        Cidr cidr = network(network);
        return address != null && cidr.contains(address);
    }
}
