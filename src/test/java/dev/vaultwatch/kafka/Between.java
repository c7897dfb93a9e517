package dev.vaultwatch.kafka;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * A proxy between clients and a broker that keeps back requests of one kind: to the client the broker does not answer. Whatever a
 * connection brings behind such a request waits with it, since answers come in the order of requests. Thread-safe.
 */
final class Between implements AutoCloseable {
    private static final long MOST_SECONDS = 240;
    private static final byte[] END = {};

    private final ServerSocket server;
    private final int broker;
    private final List<Socket> sockets = new ArrayList<>();
    private Optional<ApiKeys> kind = Optional.empty();
    private int kept;

    /** Listens on one port, and forwards to another. */
    Between(int port, int broker) throws IOException {
        this.server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        this.broker = broker;
        start(this::accept);
    }

    /** What one of its threads does until a socket closes. */
    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException ended) {
                        // A side has gone, or the test is over.
                    }
                },
                "between");
        thread.setDaemon(true);
        thread.start();
    }

    /** Requests of that kind go no further from now on. */
    synchronized void keepBack(ApiKeys which) {
        kind = Optional.of(which);
        kept = 0;
    }

    /** All that is kept back goes on its way. */
    synchronized void letGo() {
        kind = Optional.empty();
        notifyAll();
    }

    /** All connections break, with what is kept back on them. */
    synchronized void cut() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
        letGo();
    }

    /** Waits until so many requests were kept back. */
    synchronized void awaitKept(int least) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (kept < least) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Only " + kept + " of " + least + " requests came.");
            }
            wait(1000);
        }
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            Socket its = new Socket(InetAddress.getLoopbackAddress(), broker);
            synchronized (this) {
                sockets.add(client);
                sockets.add(its);
            }
            LinkedBlockingQueue<byte[]> requests = new LinkedBlockingQueue<>();
            start(() -> read(client, requests));
            start(() -> write(its, requests));
            start(() -> {
                try (client;
                        its) {
                    its.getInputStream().transferTo(client.getOutputStream());
                }
            });
        }
    }

    private void read(Socket client, LinkedBlockingQueue<byte[]> requests) throws IOException {
        try (client) {
            DataInputStream in = new DataInputStream(client.getInputStream());
            while (true) {
                byte[] request = new byte[in.readInt()];
                in.readFully(request);
                synchronized (this) {
                    if (isKept(request)) {
                        kept++;
                        notifyAll();
                    }
                }
                requests.add(request);
            }
        } finally {
            requests.add(END);
        }
    }

    private void write(Socket its, LinkedBlockingQueue<byte[]> requests) throws IOException, InterruptedException {
        try (its) {
            DataOutputStream out = new DataOutputStream(its.getOutputStream());
            for (byte[] request = requests.take(); request.length > 0; request = requests.take()) {
                synchronized (this) {
                    while (isKept(request)) {
                        wait();
                    }
                }
                out.writeInt(request.length);
                out.write(request);
                out.flush();
            }
        }
    }

    /** A request begins with the number of its kind. */
    private boolean isKept(byte[] request) {
        return kind.isPresent() && kind.get().id == (short) ((request[0] << Byte.SIZE) | (request[1] & 0xff));
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
