package dev.vaultwatch.kafka;

import kafka.Kafka;
import kafka.tools.StorageTool;

/** A KRaft broker as a process: formats its folder if that was not done, then serves until it is killed. */
final class BrokerMain {
    private BrokerMain() {}

    public static void main(String[] args) {
        String config = args[0];
        String clusterId = args[1];
        int exit = StorageTool.execute(
                new String[] {"format", "-t", clusterId, "-c", config, "--ignore-formatted"}, System.out);
        if (exit != 0) {
            System.exit(exit);
        }
        Kafka.main(new String[] {config});
    }
}
