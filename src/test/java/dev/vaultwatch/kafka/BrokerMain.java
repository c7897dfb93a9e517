package dev.vaultwatch.kafka;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kafka.Kafka;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/**
 * A KRaft broker as a process: formats its folder if that was not done, then serves until it is killed. Arguments: a
 * configuration and the cluster's id; or a port, for a broker with a folder of its own that is there for a trial.
 */
final class BrokerMain {
    private BrokerMain() {}

    public static void main(String[] args) throws IOException {
        String config = args.length == 1 ? forTrial(Integer.parseInt(args[0])) : args[0];
        String clusterId = args.length == 1 ? Uuid.randomUuid().toString() : args[1];
        int exit = StorageTool.execute(
                new String[] {"format", "-t", clusterId, "-c", config, "--ignore-formatted"}, System.out);
        if (exit != 0) {
            System.exit(exit);
        }
        Kafka.main(new String[] {config});
    }

    private static String forTrial(int port) throws IOException {
        Path folder = Files.createTempDirectory("vaultwatch-broker");
        Path config = folder.resolve("server.properties");
        Files.writeString(config, Broker.config(folder, port, Broker.freePort()));
        return config.toString();
    }
}
