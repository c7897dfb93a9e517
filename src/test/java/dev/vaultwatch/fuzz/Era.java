package dev.vaultwatch.fuzz;

import java.util.List;

/**
 * The time in which a set of rules was in force.
 *
 * @param rules those in force
 * @param least a watermark that had been reached when they took over
 * @param most a watermark that had not been passed
 */
record Era(List<FuzzRule> rules, long least, long most) {}
