package dev.vaultwatch.host;

import java.util.function.Supplier;

/**
 * Runs work under a context class loader, and puts the thread's own one back whatever happens.
 *
 * @param loader the loader to work under
 */
record ContextLoader(ClassLoader loader) {

    <T> T call(Supplier<T> work) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return work.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    void run(Runnable work) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            work.run();
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
