package dev.vaultwatch.engine.gate;

/** A thread that shows. */
public final class CanaryThread extends Thread {
    public CanaryThread() {
        super("canary");
        setDaemon(true);
    }

    public String begin() {
        start();
        return getName();
    }

    @Override
    public void run() {
        Canary.touch("thread");
    }
}
