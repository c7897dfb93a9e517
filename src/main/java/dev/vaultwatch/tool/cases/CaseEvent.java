package dev.vaultwatch.tool.cases;

import java.time.Instant;

/**
 * One record of a case.
 *
 * @param time its event time, in milliseconds
 * @param action as the event has it
 * @param json the record as a host would hand it over: one object of JSON
 */
record CaseEvent(Instant time, String action, String json) {}
