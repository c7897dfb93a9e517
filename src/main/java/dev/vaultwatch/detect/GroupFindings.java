package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.store.Group;
import dev.vaultwatch.store.Groups;
import dev.vaultwatch.time.Windows;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** What a lane finds of a tumbling rule's groups: whose it is, whether it counts, and how far it can be trusted. */
final class GroupFindings {
    private final CompiledRule compiled;
    private final Groups groups;
    private final Windows windows;
    private final LongPredicate isIncomplete;

    /**
     * Of one track.
     *
     * @param isIncomplete whether the rule's history of a window is incomplete, by the window's start
     */
    GroupFindings(CompiledRule compiled, Groups groups, Windows windows, LongPredicate isIncomplete) {
        this.compiled = compiled;
        this.groups = groups;
        this.windows = windows;
        this.isIncomplete = isIncomplete;
    }

    /** The group that it is about; null if it is gone. */
    @Nullable
    Group group(Finding finding) {
        return groups.find(finding.time(), finding.key());
    }

    /**
     * Whether the lane's order of arrival is not what the group is to be judged by, its events are several people's, or the rule throws
     * at them, when what it finds of others could be lost with it.
     */
    boolean isApart(Group group) {
        return group.isDivided() || group.hasFailed() || (compiled.shape().ordered() && group.isDisordered());
    }

    /** A finding of a lane, unless its group is judged apart. */
    Optional<Reporter.Found> found(Finding finding, Lane lane) {
        Group its = group(finding);
        return its != null && isApart(its)
                ? Optional.empty()
                : Optional.of(found(finding, its, lane.isIncomplete(), ""));
    }

    /** What was found of groups that were judged apart. */
    List<Reporter.Found> found(SecondLane.Judged judged) {
        return judged.verdicts().stream()
                .map(each -> found(each.finding(), group(each.finding()), each.incomplete(), each.directory()))
                .toList();
    }

    /** A finding of a group, or of the one of its people who is of that directory. */
    private Reporter.Found found(Finding finding, @Nullable Group group, boolean incompleteLane, String directory) {
        long cutInAll = group == null ? 0 : group.countedOnly();
        return new Reporter.Found(
                directory.isEmpty() ? finding.with(cutInAll, 0) : finding.of(directory),
                finding.time(),
                directory,
                windows.endOf(finding.time()),
                group == null ? 0 : group.withoutEvidence(),
                incompleteLane
                        || (group != null && group.isLimited())
                        || groups.limited(finding.time()) > 0
                        || (cutInAll > 0 && !directory.isEmpty()),
                isIncomplete.test(finding.time()));
    }
}
