package dev.vaultwatch.flink;

import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Detects by the rules of the configuration. */
final class DetectOperator extends PluginOperator implements OneInputStreamOperator<RoutedRecord, DetectedAlert> {
    private static final long serialVersionUID = 1L;

    DetectOperator(Setup setup) {
        super(setup);
    }

    @Override
    public void processElement(StreamRecord<RoutedRecord> element) {
        take(element.getValue());
    }
}
