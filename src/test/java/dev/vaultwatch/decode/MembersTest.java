package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The members of records that have them in any order")
class MembersTest {
    private static final FieldTree ROOT = FieldTree.ROOT;
    private static final @Nullable FieldTree OTHER = ROOT.at("identity");

    /** Room for what is compared at once, and a byte before the name. */
    private static final String REST = "2026-11-03T02:09:00.1234567Z\",\"x\":1}";

    private final Members members = new Members();

    private static byte[] bytes(String text) {
        return ("\"" + text + REST).getBytes(StandardCharsets.UTF_8);
    }

    /** Learns what a text begins with. */
    private void learn(@Nullable FieldTree node, String member, @Nullable FieldTree child) {
        byte[] bytes = bytes(member);
        members.learn(node, bytes, 1, 1 + member.length(), bytes.length, child, member.endsWith("\""));
    }

    private Members.@Nullable Member at(@Nullable FieldTree node, String text) {
        byte[] bytes = bytes(text);
        return members.at(node, bytes, 1, bytes.length);
    }

    @ParameterizedTest
    @DisplayName("are found by their bytes up to the value, whatever the value is")
    @ValueSource(
            strings = {
                "a\":\"",
                "time\":\"",
                "upn\":\"",
                "level\":",
                "resource\":\"",
                "category\" : \"",
                "operationName\":\"",
                "operationVersion\":\"",
                "callerIpAddressOfThisOne12345\":\"",
                "callerIpAddressOfThisOne123456\":\"",
                "http://schemas.microsoft.com/identity/claims/tenantid\":\""
            })
    void found(String member) {
        learn(ROOT, member, OTHER);

        Members.Member found = Objects.requireNonNull(at(ROOT, member + "anything at all"));
        assertThat(found.length()).isEqualTo(member.length());
        assertThat(found.text).isEqualTo(member.endsWith("\""));
        assertThat(found.child).isSameAs(OTHER);
        assertThat(at(ROOT, member + "{}")).isSameAs(found);
        assertThat(at(OTHER, member)).as("in another object").isNull();
        assertThat(at(null, member)).as("in an object that nobody asks for").isNull();
        for (int i = 0; i < member.length(); i++) {
            String other = member.substring(0, i) + '~' + member.substring(i + 1);
            assertThat(at(ROOT, other)).as(other).isNull();
        }
    }

    @Test
    @DisplayName("of the same name lead elsewhere from another object, and with a value of another kind")
    void sameName() {
        learn(ROOT, "name\":\"", null);
        learn(OTHER, "name\":\"", OTHER);
        learn(null, "name\":\"", null);
        learn(null, "name\":", null);

        assertThat(Objects.requireNonNull(at(ROOT, "name\":\"")).child).isNull();
        assertThat(Objects.requireNonNull(at(OTHER, "name\":\"")).child).isSameAs(OTHER);
        assertThat(Objects.requireNonNull(at(null, "name\":\"")).text).isTrue();
        assertThat(Objects.requireNonNull(at(null, "name\":1,\"")).text).isFalse();
    }

    @Test
    @DisplayName("know the field that their value is")
    void field() {
        learn(ROOT, "category\":\"", ROOT.at("category"));

        assertThat(Objects.requireNonNull(at(ROOT, "category\":\"")).field).isEqualTo(Field.CATEGORY);
    }

    @Test
    @DisplayName("are neither found nor learned where their bytes, or 32, go beyond the limit")
    void limit() {
        String member = "http://schemas.microsoft.com/identity/claims/tenantid\":\"";
        byte[] bytes = bytes(member);
        members.learn(ROOT, bytes, 1, 1 + member.length(), 32, null, true);
        assertThat(members.at(ROOT, bytes, 1, bytes.length)).isNull();
        members.learn(ROOT, bytes, 1, 1 + member.length(), 1 + member.length(), null, true);

        assertThat(members.at(ROOT, bytes, 1, 1 + member.length())).isNotNull();
        assertThat(members.at(ROOT, bytes, 1, member.length())).isNull();
        learn(ROOT, "time\":\"", null);
        byte[] time = bytes("time\":\"");
        assertThat(members.at(ROOT, time, 1, 33)).isNotNull();
        assertThat(members.at(ROOT, time, 1, 32)).isNull();
    }

    @Test
    @DisplayName("of 256 bytes are learned, longer ones are not")
    void longest() {
        String longest = "n".repeat(253) + "\":\"";
        learn(ROOT, longest, null);
        learn(ROOT, "o" + longest, null);

        assertThat(at(ROOT, longest)).isNotNull();
        assertThat(at(ROOT, "o" + longest)).isNull();
    }

    @Test
    @DisplayName("of one beginning are four at most; when 4,096 have found no room, all begins anew")
    void full() {
        String same = "http://schemas.xmlsoap.org/ws/";
        for (int i = 0; i < 4; i++) {
            learn(ROOT, same + i + "\":\"", null);
        }
        IntStream.range(4, 4 + 4_095).forEach(i -> learn(ROOT, same + i + "\":\"", null));
        assertThat(at(ROOT, same + "3\":\"")).isNotNull();
        assertThat(at(ROOT, same + "4\":\"")).isNull();
        learn(ROOT, same + "4\":\"", null);
        assertThat(at(ROOT, same + "3\":\"")).isNull();
        learn(ROOT, same + "4\":\"", null);

        assertThat(at(ROOT, same + "4\":\"")).isNotNull();
    }
}
