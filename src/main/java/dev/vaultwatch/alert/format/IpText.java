package dev.vaultwatch.alert.format;

import java.util.regex.Pattern;

/** Tells an IP address from another text as destinations do whose fields are of that type: RFC 4291 text, without a zone. */
final class IpText {
    private static final Pattern V4 =
            Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}", Pattern.DOTALL);
    private static final Pattern GROUP = Pattern.compile("\\p{XDigit}{1,4}");

    /** No address is longer; what is need not be taken apart. */
    private static final int LONGEST = 45;

    private static final int GROUPS = 8;

    private IpText() {}

    static boolean isIp(String text) {
        if (text.length() > LONGEST) {
            return false;
        }
        return text.indexOf(':') < 0 ? isV4(text) : isV6(text);
    }

    private static boolean isV4(String text) {
        return V4.matcher(text).matches();
    }

    private static boolean isV6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text) == GROUPS;
        }
        String before = text.substring(0, gap);
        String behind = text.substring(gap + 2);
        int left = before.isEmpty() ? 0 : groups(before);
        int right = behind.isEmpty() ? 0 : groups(behind);
        return before.indexOf('.') < 0 && left >= 0 && right >= 0 && left + right < GROUPS;
    }

    /** How many groups of 16 bits a part without a gap has, the last two perhaps as IPv4; -1 if it is no such part. */
    private static int groups(String part) {
        String[] groups = part.split(":", -1);
        int count = 0;
        for (int i = 0; i < groups.length; i++) {
            if (GROUP.matcher(groups[i]).matches()) {
                count++;
            } else if (i == groups.length - 1 && isV4(groups[i])) {
                count += 2;
            } else {
                return -1;
            }
        }
        return count;
    }
}
