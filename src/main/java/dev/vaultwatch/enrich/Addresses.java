package dev.vaultwatch.enrich;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** IP addresses that lie somewhere in the world. */
final class Addresses {
    private static final int CARRIER_NAT_FIRST = 100;

    private Addresses() {}

    /**
     * The address of a literal, if it is a public one; no name service is asked. Empty for what is no literal, and for addresses of
     * private networks (RFC 1918, RFC 4193), carriers' shared space (RFC 6598), loopback, link-local, multicast and
     * unspecified ones: a database of the world has nothing right to say about them.
     */
    static Optional<InetAddress> publicOne(String literal) {
        if (!isLiteral(literal)) {
            return Optional.empty();
        }
        try {
            InetAddress address = InetAddress.getByName(literal);
            return isPrivate(address) ? Optional.empty() : Optional.of(address);
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** With a colon it is IPv6 or nothing, by the contract of {@link InetAddress#getByName}; else four numbers and dots. */
    private static boolean isLiteral(String text) {
        return text.indexOf(':') >= 0 || text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    }

    private static boolean isPrivate(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean sharedByCarrier =
                bytes.length == 4 && bytes[0] == CARRIER_NAT_FIRST && (bytes[1] & 0xC0) == 0x40; // 100.64.0.0/10
        boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xFE) == 0xFC; // fc00::/7
        return sharedByCarrier
                || uniqueLocal
                || address.isSiteLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress();
    }
}
