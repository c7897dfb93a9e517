package dev.vaultwatch.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.time.EventTime.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How far time has come, which window is open, and where an event stands. */
class EventTimeTest {
    private static final Windows MINUTES = Windows.of(Duration.ofMinutes(1));

    private static final long AT_02_41 = Instant.parse("2026-11-03T02:41:00Z").toEpochMilli();
    private static final long AT_02_42 = AT_02_41 + 60_000;
    private static final long AT_02_43 = AT_02_42 + 60_000;
    private static final long AT_02_44 = AT_02_43 + 60_000;

    private final EventTime<String> time = new EventTime<>(MINUTES, Duration.ofSeconds(5), false);
    private final EventTime<String> hostsTime = new EventTime<>(MINUTES, Duration.ofSeconds(5), true);

    // ---- the watermark

    @Test
    void givenNoEventWhenAskedThenThereIsNoNotionOfTime() {
        assertThat(time.watermark()).isEmpty();
        assertThat(time.openWindow()).isEmpty();
        assertThat(time.closeDue()).isFalse();
    }

    @Test
    void givenTheFirstEventWhenObservedThenTheWatermarkTrailsItByTheSlack() {
        time.observe(AT_02_41 + 30_000);

        assertThat(time.watermark()).hasValue(AT_02_41 + 25_000);
    }

    @Test
    void givenAnOlderEventWhenObservedThenTheWatermarkStays() {
        time.observe(AT_02_41 + 30_000);

        time.observe(AT_02_41);

        assertThat(time.watermark()).hasValue(AT_02_41 + 25_000);
    }

    @Test
    void givenNoSlackWhenAnEventIsObservedThenTheWatermarkIsItsTime() {
        EventTime<String> strict = new EventTime<>(MINUTES, Duration.ZERO, false);

        strict.observe(AT_02_41 + 30_000);

        assertThat(strict.watermark()).hasValue(AT_02_41 + 30_000);
    }

    @Test
    void givenAWatermarkWhenToldAnEarlierOneThenItDoesNotGoBack() {
        time.advanceTo(AT_02_42);

        time.advanceTo(AT_02_41);

        assertThat(time.watermark()).hasValue(AT_02_42);
    }

    @Test
    void givenAHostThatRanAheadOfTheEventsWhenAnEventIsObservedThenTheWatermarkDoesNotGoBack() {
        time.advanceTo(AT_02_43);

        time.observe(AT_02_42);

        assertThat(time.watermark()).hasValue(AT_02_43);
    }

    // ---- the open window

    @Test
    void givenTheFirstEventWhenObservedThenTheWindowOfTheWatermarkIsOpen() {
        time.observe(AT_02_42 + 2_000);

        assertThat(time.openWindow()).hasValue(AT_02_41);
    }

    @Test
    void givenTheWatermarkOnABoundaryWhenAskedThenTheNewWindowIsOpen() {
        time.observe(AT_02_42 + 5_000);

        assertThat(time.openWindow()).hasValue(AT_02_42);
    }

    @Test
    void givenTheWatermarkOneMillisecondBeforeTheEndWhenAskedThenNoCloseIsDue() {
        time.observe(AT_02_41 + 30_000);

        time.observe(AT_02_42 + 4_999);

        assertThat(time.closeDue()).isFalse();
    }

    @Test
    void givenTheWatermarkAtTheEndWhenAskedThenACloseIsDue() {
        time.observe(AT_02_41 + 30_000);

        time.observe(AT_02_42 + 5_000);

        assertThat(time.closeDue()).isTrue();
    }

    @Test
    void givenAWindowThatHasEndedWhenNotYetClosedThenItStaysOpen() {
        time.observe(AT_02_41 + 30_000);

        time.observe(AT_02_43);

        assertThat(time.openWindow()).hasValue(AT_02_41);
    }

    @Test
    void givenAWindowThatHasNotEndedWhenClosedThenItIsRefused() {
        time.observe(AT_02_41 + 30_000);

        assertThatThrownBy(time::close).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void givenNoNotionOfTimeWhenClosedThenItIsRefused() {
        assertThatThrownBy(time::close).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void givenAMonthOfSilenceWhenClosedThenTheWindowOfTheWatermarkIsNext() {
        time.observe(AT_02_41);
        long monthLater = AT_02_41 + Duration.ofDays(30).toMillis();
        time.observe(monthLater + 30_000);

        List<String> released = time.close();

        assertThat(released).isEmpty();
        assertThat(time.openWindow()).hasValue(monthLater);
        assertThat(time.closeDue()).isFalse();
    }

    // ---- where an event stands

    @Test
    void givenAnEventInTheWindowOfTheWatermarkWhenPlacedThenItIsOpen() {
        time.observe(AT_02_41 + 30_000);

        assertThat(time.place(AT_02_41 + 30_000)).isEqualTo(Place.OPEN);
    }

    @Test
    void givenAnEventBehindTheWatermarkInTheOpenWindowWhenPlacedThenItIsStillOpen() {
        time.observe(AT_02_41 + 50_000);

        assertThat(time.place(AT_02_41)).isEqualTo(Place.OPEN);
    }

    @Test
    void givenAnEventOnTheEndOfTheOpenWindowWhenPlacedThenItIsHeld() {
        time.observe(AT_02_41 + 30_000);

        assertThat(time.place(AT_02_42)).isEqualTo(Place.HELD);
    }

    @Test
    void givenAnEventOneMillisecondBeforeTheOpenWindowWhenPlacedThenItIsLate() {
        time.observe(AT_02_41 + 30_000);

        assertThat(time.place(AT_02_41 - 1)).isEqualTo(Place.LATE);
    }

    @Test
    void givenTheFirstEventJustAfterABoundaryWhenPlacedThenItIsHeldForTheSlack() {
        time.observe(AT_02_42 + 1_000);

        assertThat(time.place(AT_02_42 + 1_000)).isEqualTo(Place.HELD);
    }

    @Test
    void givenAClosedWindowWhenAnEventOfItComesThenItIsLate() {
        time.observe(AT_02_41 + 30_000);
        time.observe(AT_02_42 + 5_000);
        time.close();

        assertThat(time.place(AT_02_42 - 1)).isEqualTo(Place.LATE);
    }

    // ---- held and released

    @Test
    void givenHeldEventsWhenTheirWindowOpensThenTheyAreReleasedInOrderOfArrival() {
        time.observe(AT_02_41 + 30_000);
        time.hold(AT_02_42 + 3_000, "first to come");
        time.hold(AT_02_42 + 1_000, "second to come");
        time.hold(AT_02_42 + 2_000, "third to come");
        time.observe(AT_02_42 + 6_000);

        assertThat(time.close()).containsExactly("first to come", "second to come", "third to come");
    }

    @Test
    void givenHeldEventsWhenReleasedThenTheyAreHeldNoLonger() {
        time.observe(AT_02_41 + 30_000);
        time.hold(AT_02_42, "one");
        time.hold(AT_02_43, "of a later window");
        time.advanceTo(AT_02_42);

        time.close();

        assertThat(time.heldCount()).isEqualTo(1);
        assertThat(time.takeHeld()).isEmpty();
    }

    @Test
    void givenSeveralWindowsHeldWhenTimeJumpsThenTheyOpenOldestFirst() {
        time.observe(AT_02_41 + 30_000);
        time.hold(AT_02_43, "of 02:43");
        time.hold(AT_02_42, "of 02:42");
        time.advanceTo(AT_02_44 + 30_000);

        List<List<String>> released = new ArrayList<>();
        while (time.closeDue()) {
            released.add(time.close());
        }

        assertThat(released).containsExactly(List.of("of 02:42"), List.of("of 02:43"), List.of());
        assertThat(time.openWindow()).hasValue(AT_02_44);
    }

    @Test
    void givenAnEventHeldFarAheadWhenTheWatermarkIsBeforeItThenItStaysHeld() {
        time.observe(AT_02_41);
        time.hold(AT_02_44, "far ahead");
        time.advanceTo(AT_02_42);

        assertThat(time.close()).isEmpty();
        assertThat(time.openWindow()).hasValue(AT_02_42);
        assertThat(time.heldCount()).isEqualTo(1);
    }

    // ---- the host owns time

    @Test
    void givenAHostThatOwnsTimeWhenEventsComeThenTheyMoveNothing() {
        hostsTime.observe(AT_02_44);

        assertThat(hostsTime.watermark()).isEmpty();
    }

    @Test
    void givenAHostThatHasNotSpokenWhenAnyEventIsPlacedThenItIsHeld() {
        hostsTime.observe(AT_02_44);

        assertThat(hostsTime.place(AT_02_44)).isEqualTo(Place.HELD);
        assertThat(hostsTime.place(AT_02_41)).isEqualTo(Place.HELD);
    }

    @Test
    void givenEventsFromBeforeTheHostsFirstWordWhenItSpeaksThenTheirWindowIsOpen() {
        hostsTime.hold(AT_02_41, "early bird");

        hostsTime.advanceTo(AT_02_43);

        assertThat(hostsTime.openWindow()).hasValue(AT_02_41);
        assertThat(hostsTime.takeHeld()).containsExactly("early bird");
        assertThat(hostsTime.closeDue()).isTrue();
    }

    @Test
    void givenAHostThatOwnsTimeWhenItSpeaksThenNoSlackIsTaken() {
        hostsTime.advanceTo(AT_02_42);

        assertThat(hostsTime.watermark()).hasValue(AT_02_42);
    }

    // ---- silence

    @Test
    void givenASourceThatFellSilentWhenTimePassesThenTheWatermarkGoesOnFromTheNewestEvent() {
        time.observe(AT_02_41 + 10_000);

        time.silentFor(60_000);

        assertThat(time.watermark()).hasValue(AT_02_42 + 5_000);
        assertThat(time.closeDue()).isTrue();
    }

    @Test
    void givenSilenceBeforeTheFirstEventWhenTimePassesThenThereIsStillNoNotionOfTime() {
        time.silentFor(60_000);

        assertThat(time.watermark()).isEmpty();
    }

    @Test
    void givenAHostThatOwnsTimeWhenTheSourceIsSilentThenNothingMoves() {
        hostsTime.observe(AT_02_41);
        hostsTime.advanceTo(AT_02_41);

        hostsTime.silentFor(3_600_000);

        assertThat(hostsTime.watermark()).hasValue(AT_02_41);
    }

    @Test
    void givenAShorterSilenceAfterALongerOneWhenTimePassesThenTheWatermarkDoesNotGoBack() {
        time.observe(AT_02_41);
        time.silentFor(60_000);

        time.silentFor(10_000);

        assertThat(time.watermark()).hasValue(AT_02_41 + 55_000);
    }

    // ---- the ends of time

    @Test
    void givenAHostThatSaysForEverWhenAdvancedThenTheWatermarkStopsAtTheYear9999() {
        time.observe(AT_02_41);

        time.advanceTo(Long.MAX_VALUE);

        assertThat(Instant.ofEpochMilli(time.watermark().orElseThrow()))
                .isEqualTo(Instant.parse("9999-12-31T23:59:59.999Z"));
    }

    @Test
    void givenAHostThatSaidForEverWhenWindowsAreClosedThenTheyComeToAnEnd() {
        time.observe(AT_02_41);
        time.hold(AT_02_43, "held");
        time.advanceTo(Long.MAX_VALUE);

        assertThat(time.close()).containsExactly("held");
        assertThat(time.close()).isEmpty();
        assertThat(time.closeDue()).isFalse();
    }

    @Test
    void givenAHostThatSaidForEverWhenAnEventComesThenItIsLate() {
        time.observe(AT_02_41);
        time.advanceTo(Long.MAX_VALUE);
        time.close();

        assertThat(time.place(AT_02_44)).isEqualTo(Place.LATE);
    }

    @Test
    void givenAHostThatBeginsAtTheBeginningOfTimeWhenAnEventComesThenItIsNotLate() {
        hostsTime.advanceTo(Long.MIN_VALUE + 1);

        assertThat(hostsTime.place(AT_02_41)).isEqualTo(Place.HELD);
        assertThat(hostsTime.closeDue()).isFalse();
    }

    @Test
    void givenAHostThatBeginsAtTheBeginningOfTimeWhenAskedThenTheOpenWindowIsNotAheadOfTheWatermark() {
        hostsTime.advanceTo(Long.MIN_VALUE + 1);

        assertThat(hostsTime.openWindow().orElseThrow())
                .isLessThanOrEqualTo(hostsTime.watermark().orElseThrow());
    }
}
