package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpLiteralTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "255.255.255.255",
                "::",
                "::1",
                "1::",
                "1:2:3:4:5:6:7:8",
                "1:2:3:4:5:6:7::",
                "::2:3:4:5:6:7:8",
                "2001:DB8::a",
                "::ffff:192.0.2.1",
                "1:2:3:4:5:6:192.0.2.1",
                "64:ff9b::192.0.2.1"
            })
    void givenAnAddressWhenAskedThenItIsOne(String text) {
        assertThat(IpLiteral.isIp(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.04",
                "1.2.3.4 ",
                " 1.2.3.4",
                "1.2.3.",
                "1..2.3",
                "a.b.c.d",
                ":",
                ":::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "1::2::3",
                "12345::",
                "1:",
                ":1",
                "g::",
                "fe80::1%eth0",
                "[::1]",
                "[::1]:443",
                "1.2.3.4:443",
                "::1.2.3",
                "1:2:3:4:5:6:7:192.0.2.1",
                "٣::"
            })
    void givenAnythingElseWhenAskedThenItIsNone(String text) {
        assertThat(IpLiteral.isIp(text)).isFalse();
    }

    @ParameterizedTest
    @DisplayName("an address is found without the port, the brackets, the zone and the further addresses around it")
    @CsvSource(
            delimiter = '|',
            value = {
                "192.0.2.1                  | 192.0.2.1",
                "2001:db8::1                | 2001:db8::1",
                "192.0.2.1:8                | 192.0.2.1",
                "192.0.2.1:65535            | 192.0.2.1",
                "[2001:db8::1]              | 2001:db8::1",
                "[2001:db8::1]:0            | 2001:db8::1",
                "[2001:db8::1]:99999        | 2001:db8::1",
                "[192.0.2.1]:443            | 192.0.2.1",
                "fe80::1%eth0               | fe80::1",
                "::1%lo                     | ::1",
                "[fe80::1%25eth0]:443       | fe80::1",
                "192.0.2.1, 10.0.0.1        | 192.0.2.1",
                "192.0.2.1:443 ,10.0.0.1    | 192.0.2.1",
                "'[2001:db8::1]:1,10.0.0.1' | 2001:db8::1",
                "' 192.0.2.1 '              | 192.0.2.1"
            })
    void found(String text, String address) {
        assertThat(IpLiteral.in(text)).isEqualTo(address);
    }

    @ParameterizedTest
    @DisplayName("no address is found in what only resembles one with a port, brackets or a zone")
    @ValueSource(
            strings = {
                "",
                ",192.0.2.1",
                "unknown",
                "unknown:443",
                ":443",
                "192.0.2.1:",
                "192.0.2.1:123456",
                "192.0.2.1:44x",
                "192.0.2.1:4/",
                "192.0.2.1:-1",
                "192.0.2.1x",
                "[2001:db8::1",
                "[2001:db8::1]x443",
                "[2001:db8::1]:",
                "[2001:db8::1]:123456",
                "[2001:db8::1]443",
                "[]",
                "[%eth0]",
                "%fe80::1",
                "192.0.2.1%eth0",
                "2001:db8::1]:443"
            })
    void notFound(String text) {
        assertThat(IpLiteral.in(text)).isNull();
    }

    @Test
    @DisplayName("what is an address as it stands is given back as the same text, not a copy")
    void same() {
        String text = new String("192.0.2.1".toCharArray());

        assertThat(IpLiteral.in(text)).isSameAs(text);
    }

    @Test
    void givenAnyAddressOfTheJdkWhenAskedThenItIsOne() throws UnknownHostException {
        Random random = new Random(20261124);
        byte[] six = new byte[16];
        byte[] four = new byte[4];
        for (int i = 0; i < 2000; i++) {
            random.nextBytes(six);
            random.nextBytes(four);

            assertThat(IpLiteral.isIp(InetAddress.getByAddress(six).getHostAddress()))
                    .isTrue();
            assertThat(IpLiteral.isIp(InetAddress.getByAddress(four).getHostAddress()))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @DisplayName("an IPv4 address that is mapped into IPv6 is the IPv4 address, and no other address is")
    @CsvSource({
        "::ffff:203.0.113.7, 203.0.113.7",
        "::FFFF:203.0.113.7, 203.0.113.7",
        "0:0:0:0:0:ffff:203.0.113.7, 203.0.113.7",
        "0000:0000:0000:0000:0000:ffff:cb00:7107, 203.0.113.7",
        "::ffff:cb00:7107, 203.0.113.7",
        "::ffff:0:1, 0.0.0.1",
        "::ffff:0:203.0.113.7, ::ffff:0:203.0.113.7",
        "::203.0.113.7, ::203.0.113.7",
        "64:ff9b::203.0.113.7, 64:ff9b::203.0.113.7",
        "0:ffff::1, 0:ffff::1",
        "::1, ::1"
    })
    void mapped(String text, String address) {
        assertThat(IpLiteral.in(text)).isEqualTo(address);
    }
}
