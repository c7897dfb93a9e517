package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.vaultwatch.api.DeadLetter.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What an answer says beside its records")
class AnswersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String READ =
            "{'time':'2026-11-03T02:41:00Z','operationName':'SecretGet','correlationId':'c'}";
    private static final String SIGN = "{'time':'2026-11-03T02:41:01Z','operationName':'KeySign','correlationId':'d'}";
    private static final String COLUMNS = "[{'name':'TimeGenerated'},{'name':'OperationName'}]";
    private static final String ROWS = "[['2026-11-03T02:41:00Z','SecretGet'],['2026-11-03T02:41:01Z','KeySign']]";

    /** An answer, with its two records, and no more. */
    private static String filled(String answer) {
        return answer.replace("RECORDS", "[" + READ + "," + SIGN + "]")
                .replace("HITS", "{'total':2,'hits':[{'_source':" + READ + "},{'_source':" + SIGN + "}]}")
                .replace("COLUMNS", COLUMNS)
                .replace("ROWS", ROWS)
                .replace('\'', '"');
    }

    /** The answer as bytes, a line, a stream of indented JSON, the same with its members in the other order, and a map. */
    private static List<Outcome> all(String answer) throws IOException {
        String json = filled(answer);
        Map<String, Object> map = JSON.readValue(json, new TypeReference<LinkedHashMap<String, Object>>() {});
        List<String> names = new ArrayList<>(map.keySet());
        Collections.reverse(names);
        Map<String, Object> turned = new LinkedHashMap<>();
        names.forEach(name -> turned.put(name, map.get(name)));
        ObjectMapper indented = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        return List.of(
                Outcome.of(json),
                Outcome.of(indented.writeValueAsString(turned)),
                Outcome.read(json),
                Outcome.read(json + "\n"),
                Outcome.read(indented.writeValueAsString(map)),
                Outcome.read(indented.writeValueAsString(turned)),
                Outcome.of(map));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'tables':[{'name':'PrimaryResult','columns':COLUMNS,'rows':ROWS}],'error':{'code':'PartialError'}}|it has an error beside its records",
                "{'Tables':[{'Columns':COLUMNS,'Rows':ROWS}],'Exceptions':['limit']}|it has exceptions beside its records",
                "{'took':5,'timed_out':true,'hits':HITS}|it timed out",
                "{'took':5,'timed_out':false,'terminated_early':true,'hits':HITS}|it was ended early",
                "{'took':5,'_shards':{'total':5,'successful':3,'skipped':0,'failed':2},'hits':HITS}|2 of 5 shards failed",
                "{'took':5,'_clusters':{'total':3,'skipped':1},'hits':HITS}|1 of 3 clusters did not answer in full",
                "{'took':5,'is_partial':true,'columns':COLUMNS,'values':ROWS}|it says so itself",
                "{'value':RECORDS,'error':{'code':'PartialError'}}|it has an error beside its records",
                "{'preview':true,'init_offset':0,'results':RECORDS}|it is a preview of a search that had not ended",
                "{'preview':true,'init_offset':0,'columns':COLUMNS,'rows':ROWS}|it is a preview of a search that had not ended",
                "{'id':'a','is_partial':true,'response':{'hits':HITS}}|it says so itself"
            })
    @DisplayName("is a dead letter where records may be missing, and they count")
    void partial(String answer, String sentence) throws IOException {
        for (Outcome outcome : all(answer)) {
            assertThat(outcome.actions()).as(outcome.toString()).containsExactly("SecretGet", "KeySign");
            assertThat(outcome.letters).singleElement().satisfies(letter -> {
                assertThat(letter.reason()).isEqualTo(Reason.MALFORMED);
                assertThat(letter.problem()).contains("partial: " + sentence + ".");
            });
            assertThat(outcome.records()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'tables':[{'name':'PrimaryResult','columns':COLUMNS,'rows':ROWS}],'error':null}",
                "{'Tables':[{'Columns':COLUMNS,'Rows':ROWS}],'Exceptions':[]}",
                "{'took':5,'timed_out':false,'_shards':{'total':5,'failed':0},'_clusters':{'total':1,'skipped':0},'hits':HITS}",
                "{'took':5,'is_partial':false,'columns':COLUMNS,'values':ROWS}",
                "{'preview':false,'init_offset':0,'results':RECORDS}",
                "{'value':RECORDS,'error':{},'nextLink':'x'}"
            })
    @DisplayName("is nothing where the answer is whole")
    void whole(String answer) throws IOException {
        for (Outcome outcome : all(answer)) {
            assertThat(outcome.actions()).as(outcome.toString()).containsExactly("SecretGet", "KeySign");
            assertThat(outcome.records()).as(outcome.toString()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName(
            "counts a row of a preview as any other, since a search in real time has no others, and says once that it is one")
    void previews() throws IOException {
        for (Outcome outcome : all("{'preview':true,'offset':0,'result':" + READ + "}")) {
            assertThat(outcome.event().action()).isEqualTo("SecretGet");
            assertThat(outcome.notes).singleElement().asString().contains("had not ended", "preview=false");
        }
        for (Outcome outcome : all("{'preview':false,'offset':0,'error':'x','result':" + READ + "}")) {
            assertThat(outcome.event().action()).isEqualTo("SecretGet");
            assertThat(outcome.notes).isEmpty();
        }
    }

    @Test
    @DisplayName("is said where there is no record at all")
    void empty() throws IOException {
        for (Outcome outcome : all("{'timed_out':true,'hits':{'total':0,'hits':[]}}")) {
            assertThat(outcome.letter().problem()).contains("it timed out");
        }
    }

    @Test
    @DisplayName("is said by the last frame of Azure Data Explorer")
    void frame() {
        String frames = filled("[{'FrameType':'DataTable','Columns':COLUMNS,'Rows':ROWS},"
                + "{'FrameType':'DataSetCompletion','HasErrors':true,'Cancelled':false}]");
        for (Outcome outcome : List.of(Outcome.of(frames), Outcome.read(frames))) {
            assertThat(outcome.events).hasSize(2);
            assertThat(outcome.letters)
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.problem()).contains("there were errors"));
        }
    }

    @Test
    @DisplayName("is no dead letter in a shipper's document whose error is the shipper's own")
    void shipper() {
        String document = "{\"error\":{\"message\":\"x\"},\"message\":\"" + READ.replace("'", "\\\"") + "\"}";

        assertThat(Outcome.of(document).event().action()).isEqualTo("SecretGet");
    }

    @Test
    @DisplayName("ends where its beginning is long, and costs no more memory than that")
    void bounded() {
        String pad = "'pad':'" + "x".repeat(300_000) + "'";
        Outcome outcome =
                Outcome.read(filled("{'value':\n[" + READ + ",\n" + SIGN + "]," + pad + ",'is_partial':true}"));

        assertThat(outcome.actions()).containsExactly("SecretGet", "KeySign");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'records':[READ],'value':[SIGN]}",
                "{'a':1,'value':[READ],'b':{'value':[1]},'results':[SIGN],'c':[2]}",
                "{'hits':{'hits':[READ],'total':1},'value':[SIGN]}",
                "{'records':[READ],'value':['text'],'Records':[SIGN]}"
            })
    @DisplayName("may be another array of records, which is read too")
    void arrays(String answer) throws IOException {
        for (Outcome outcome : all(answer.replace("READ", READ).replace("SIGN", SIGN))) {
            assertThat(outcome.actions()).as(outcome.toString()).containsExactlyInAnyOrder("SecretGet", "KeySign");
        }
    }

    @Test
    @DisplayName("has a place of its own in a dead letter's pointer")
    void pointer() {
        Outcome outcome = Outcome.of(filled("{'records':[" + READ + "],'x':1,'value':[" + SIGN + ",7]}"));

        assertThat(outcome.letters)
                .singleElement()
                .satisfies(letter -> assertThat(letter.pointer()).isEqualTo("/value/1"));
    }
}
