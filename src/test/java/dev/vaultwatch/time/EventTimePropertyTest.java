package dev.vaultwatch.time;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.time.EventTime.Place;
import dev.vaultwatch.time.Owner.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Event time against a model so plain that it can be believed: the window of an event is {@code floor(t / length)}, and an
 * event is late if its window's end is not after the watermark.
 */
class EventTimePropertyTest {
    private static final int CASES = 200;
    private static final int EVENTS = 400;

    @Test
    void givenDisorderWithinTheSlackWhenEventsComeThenEachReachesItsWindowOnceAndNoneIsLate() {
        cases().forEach(each -> {
            List<Event> arrivals = each.disordered(each.slack);
            Owner owner = each.owner(false);

            arrivals.forEach(owner::take);
            owner.advanceTo(Long.MAX_VALUE);

            assertThat(owner.late).as("%s", each).isEmpty();
            assertThat(sortedByNumber(owner.received)).as("%s", each).isEqualTo(each.byWindow(arrivals));
            assertThat(owner.time.heldCount()).as("%s", each).isZero();
        });
    }

    @Test
    void givenAnyDisorderWhenEventsComeThenWindowsCloseInOrderAndNoneTwice() {
        cases().forEach(each -> {
            Owner owner = each.owner(false);

            each.disordered(each.slack + 5 * each.length).forEach(owner::take);
            owner.advanceTo(Long.MAX_VALUE);

            assertThat(owner.closed).as("%s", each).isSorted().doesNotHaveDuplicates();
            assertThat(owner.closed).as("%s", each).containsAll(owner.received.keySet());
        });
    }

    @Test
    void givenDisorderBeyondTheSlackWhenAnEventComesThenItIsLateIfItsWindowEndedByTheWatermark() {
        cases().forEach(each -> {
            Owner owner = each.owner(false);
            long newest = Long.MIN_VALUE;

            for (Event event : each.disordered(each.slack + 3 * each.length)) {
                newest = Math.max(newest, event.time());
                boolean ended = each.naiveWindowEnd(event.time()) <= newest - each.slack;

                assertThat(owner.take(event) == Place.LATE)
                        .as("%s, %s late", each, event)
                        .isEqualTo(ended);
            }
        });
    }

    @Test
    void givenDisorderBeyondTheSlackWhenAllHasComeThenEachEventIsEitherInItsWindowOrLate() {
        cases().forEach(each -> {
            List<Event> arrivals = each.disordered(each.slack + 3 * each.length);
            Owner owner = each.owner(false);

            arrivals.forEach(owner::take);
            owner.advanceTo(Long.MAX_VALUE);

            List<Event> inTime = new ArrayList<>(arrivals);
            inTime.removeAll(owner.late);
            assertThat(sortedByNumber(owner.received)).as("%s", each).isEqualTo(each.byWindow(inTime));
        });
    }

    @Test
    void givenAHostThatOwnsTimeWhenItAdvancesAtRandomThenItsWordAloneDecidesWhatIsLate() {
        cases().forEach(each -> {
            Owner owner = each.owner(true);
            long watermark = Long.MIN_VALUE;

            for (Event event : each.disordered(each.slack + 3 * each.length)) {
                if (each.random.nextInt(20) == 0) {
                    watermark = Math.max(watermark, event.time());
                    owner.advanceTo(event.time());
                }
                boolean ended = each.naiveWindowEnd(event.time()) <= watermark;

                assertThat(owner.take(event) == Place.LATE)
                        .as("%s, %s late", each, event)
                        .isEqualTo(ended);
            }
        });
    }

    /** Cases that differ from run to run; a failure names the seed, and {@code new Case(seed)} is that case again. */
    private static Stream<Case> cases() {
        return new Random().longs(CASES).mapToObj(Case::new);
    }

    private static final class Case {
        private final long seed;
        private final Random random;
        private final long length;
        private final long slack;
        private final long start;
        private final Windows windows;

        private Case(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.length = 1_000L * (1 + random.nextInt(90));
            this.slack = random.nextInt(10) == 0 ? 0 : random.nextInt(30_000);
            this.start = random.nextLong(-1_000_000_000_000L, 2_000_000_000_000L);
            this.windows = new Windows(length);
        }

        Owner owner(boolean hostOwnsTime) {
            return new Owner(windows, new EventTime<>(windows, Duration.ofMillis(slack), hostOwnsTime));
        }

        /**
         * Events of random times, each coming up to the given time after newer ones. Some share a time, some leave long
         * gaps.
         */
        List<Event> disordered(long most) {
            record Arrival(long at, Event event) {}
            List<Arrival> arrivals = new ArrayList<>();
            long time = start;
            for (int i = 0; i < EVENTS; i++) {
                time += random.nextInt(50) == 0 ? random.nextLong(20 * length) : random.nextLong(1 + length / 10);
                arrivals.add(new Arrival(time + random.nextLong(most + 1), new Event(i, time)));
            }
            arrivals.sort(Comparator.comparingLong(Arrival::at));
            return arrivals.stream().map(Arrival::event).toList();
        }

        long naiveWindowEnd(long time) {
            return Math.round((Math.floor((double) time / length) + 1) * length);
        }

        Map<Long, List<Event>> byWindow(List<Event> events) {
            return events.stream()
                    .sorted(Comparator.comparingInt(Event::number))
                    .collect(Collectors.groupingBy(
                            event -> naiveWindowEnd(event.time()) - length, TreeMap::new, Collectors.toList()));
        }

        @Override
        public String toString() {
            return "seed " + seed + "L, windows of " + length + " ms, slack " + slack + " ms";
        }
    }

    private static Map<Long, List<Event>> sortedByNumber(Map<Long, List<Event>> received) {
        Map<Long, List<Event>> sorted = new TreeMap<>();
        received.forEach((window, events) -> sorted.put(
                window,
                events.stream().sorted(Comparator.comparingInt(Event::number)).toList()));
        return sorted;
    }
}
