package dev.vaultwatch.decode;

import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells IP addresses from what else stands in their place, without asking any name service. The grammar is that of the
 * upstream convert processor: dotted quads without leading zeros, RFC 4291 text, no zone, no port, no brackets.
 */
final class IpLiteral {
    private static final Pattern MAPPED = Pattern.compile(
            "(?i)(?:::|(?:0{1,4}:){1,4}:|(?:0{1,4}:){5})ffff:(?:(\\d+\\.\\d+\\.\\d+\\.\\d+)|(\\p{XDigit}{1,4}):(\\p{XDigit}{1,4}))");

    private IpLiteral() {}

    static boolean isIp(String text) {
        return text.indexOf(':') < 0 ? isV4(text, 0) : isV6(text);
    }

    /**
     * The address that a text holds: the text itself, or what is left of it without a port, brackets, a zone, or further
     * addresses behind a comma. An IPv4 address that is mapped into IPv6 (RFC 4291, 2.5.5.2) is given as IPv4: it is the same host.
     *
     * @return the very text if it is an address; absent if there is none
     */
    static @Nullable String in(String text) {
        if (isIp(text)) {
            return unmapped(text);
        }
        int comma = text.indexOf(',');
        String one = (comma < 0 ? text : text.substring(0, comma)).strip();
        if (one.startsWith("[")) {
            int bracket = one.indexOf(']');
            if (bracket < 0 || !isPort(one, bracket + 1)) {
                return null;
            }
            one = one.substring(1, bracket);
        } else if (one.indexOf(':') == one.lastIndexOf(':') && one.indexOf(':') > 0) {
            int colon = one.indexOf(':');
            if (!isPort(one, colon)) {
                return null;
            }
            one = one.substring(0, colon);
        }
        int zone = one.indexOf('%');
        if (zone > 0 && one.indexOf(':') >= 0) {
            one = one.substring(0, zone);
        }
        return isIp(one) ? unmapped(one) : null;
    }

    /** The IPv4 address in an address that maps one, as {@code ::ffff:203.0.113.7} or {@code ::ffff:cb00:7107}; else the address. */
    private static String unmapped(String address) {
        if (!address.startsWith("::") && !address.startsWith("0")) {
            return address;
        }
        Matcher mapped = MAPPED.matcher(address);
        if (!mapped.matches()) {
            return address;
        }
        if (mapped.group(1) != null) {
            return mapped.group(1);
        }
        int high = Integer.parseInt(mapped.group(2), 16);
        int low = Integer.parseInt(mapped.group(3), 16);
        return (high >> 8) + "." + (high & 0xff) + "." + (low >> 8) + "." + (low & 0xff);
    }

    /** Whether nothing, or a colon and a port, stands at a place. */
    private static boolean isPort(String text, int from) {
        if (from == text.length()) {
            return true;
        }
        return text.charAt(from) == ':'
                && text.length() - from > 1
                && text.length() - from <= 6
                && text.substring(from + 1).chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isV4(String text, int from) {
        int at = from;
        for (int part = 0; part < 4; part++) {
            if (part > 0 && (at >= text.length() || text.charAt(at++) != '.')) {
                return false;
            }
            int start = at;
            int value = 0;
            while (at < text.length() && at - start < 3 && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                value = value * 10 + text.charAt(at++) - '0';
            }
            if (at == start || value > 255 || (at - start > 1 && text.charAt(start) == '0')) {
                return false;
            }
        }
        return at == text.length();
    }

    private static boolean isV6(String text) {
        int groups = 0;
        boolean gap = text.startsWith("::");
        int at = gap ? 2 : 0;
        while (at < text.length()) {
            int start = at;
            while (at < text.length() && at - start < 4 && HexFormat.isHexDigit(text.charAt(at))) {
                at++;
            }
            if (at < text.length() && text.charAt(at) == '.') {
                return isV4(text, start) && fits(groups + 2, gap);
            }
            if (at == start) {
                return false;
            }
            groups++;
            if (at == text.length()) {
                return fits(groups, gap);
            }
            if (text.charAt(at++) != ':' || at == text.length()) {
                return false;
            }
            if (text.charAt(at) == ':') {
                if (gap) {
                    return false;
                }
                gap = true;
                at++;
            }
        }
        return gap && fits(groups, true);
    }

    private static boolean fits(int groups, boolean gap) {
        return gap ? groups <= 7 : groups == 8;
    }
}
