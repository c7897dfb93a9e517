package dev.vaultwatch.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.time.Instant;
import org.slf4j.LoggerFactory;

/**
 * The command line's logging, set up in code: a {@code logback.xml} in the jar would take over the logging of every
 * application that has the jar on its class path.
 */
final class Logging {
    private Logging() {}

    /**
     * Sends warnings and errors to the screen, where they and the line of progress don't get into each other's way.
     *
     * @param verbose whether to log what Vaultwatch does, too. The engine stays at warnings: it talks about its own inside
     */
    static void toScreen(Screen screen, boolean verbose) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.reset();
            ScreenAppender appender = new ScreenAppender(screen);
            appender.setContext(context);
            appender.start();
            Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
            root.setLevel(Level.WARN);
            root.addAppender(appender);
            // What a rule's filter throws is told in a notice; the engine would log it for each event, with a stack
            // trace.
            context.getLogger("com.espertech.esper.common.internal.filterspec").setLevel(Level.OFF);
            context.getLogger("dev.vaultwatch").setLevel(verbose ? Level.INFO : Level.WARN);
        }
    }

    private static final class ScreenAppender extends AppenderBase<ILoggingEvent> {
        private final Screen screen;

        ScreenAppender(Screen screen) {
            this.screen = screen;
        }

        @Override
        protected void append(ILoggingEvent event) {
            String logger = event.getLoggerName();
            StringBuilder line = new StringBuilder()
                    .append(Instant.ofEpochMilli(event.getTimeStamp()))
                    .append(' ')
                    .append(event.getLevel())
                    .append(' ')
                    .append(logger.substring(logger.lastIndexOf('.') + 1))
                    .append(": ")
                    .append(event.getFormattedMessage());
            IThrowableProxy thrown = event.getThrowableProxy();
            if (thrown != null) {
                line.append(System.lineSeparator()).append(ThrowableProxyUtil.asString(thrown));
            }
            screen.say(line.toString().stripTrailing());
        }
    }
}
