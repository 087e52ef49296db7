package io.k1s.cli;

import io.k1s.client.ObjectException;
import io.k1s.storage.StorageException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The entry of the program: its commands, how mistakes are told, and the exit code. */
@Command(
        name = "k1s",
        description = "Graceful shutdown and work tracking for the JVM, to be seen at work.",
        subcommands = {
            DemoCommand.class,
            RunCommand.class,
            VerifyCommand.class,
            ApplyCommand.class,
            GetCommand.class,
            DeleteCommand.class,
            WatchCommand.class,
            KvCommand.class
        },
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        sortOptions = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done; nothing lost",
            "1:it failed, one line on standard error says why; or data was lost",
            "2:a wrong argument",
            "70:all work ended, but something failed to stop, to cancel or to close; or the shutdown itself failed",
            "75:work was left behind at the hard deadline, or a second signal cut the shutdown short",
            "76:the shutdown, or another shutdown hook, hung and the watchdog ended the process",
            "128 + n:ended by signal n before the shutdown was ready for it, or by the third signal"
        },
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  K1S_JAVA_OPTS    options of Java, for the launcher and for the processes of a demo",
            "  K1S_SHUTDOWN_*   the configuration of a shutdown: see docs/operations.md"
        })
public final class Main implements Callable<Integer> {
    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of a failure, not only its message.")
    private boolean debug;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /**
     * Runs a command and exits.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        int code = execute(
                new PrintWriter(System.out, true, java.nio.charset.StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, java.nio.charset.StandardCharsets.UTF_8),
                args);
        if (code != ExitCodes.LEFT_TO_THE_SIGNAL) {
            System.exit(code);
        }
    }

    /** Runs a command and returns its exit code. */
    static int execute(PrintWriter out, PrintWriter err, String... args) {
        Main main = new Main();
        int code = new CommandLine(main)
                .setOut(out)
                .setErr(err)
                .setColorScheme(Help.defaultColorScheme(Terminal.hasColours(1) ? Help.Ansi.ON : Help.Ansi.OFF))
                .setAbbreviatedOptionsAllowed(false)
                .setParameterExceptionHandler(Main::wrongArgument)
                .setExecutionExceptionHandler(main::failed)
                .execute(args);
        if (code == ExitCodes.OK && Output.isBroken(out)) {
            err.println("k1s: " + Output.BROKEN);
            return ExitCodes.FAILED;
        }
        return code;
    }

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing; allowed are demo, run, verify, apply, get, delete, watch and kv (see k1s --help)");
    }

    private static int wrongArgument(ParameterException e, String[] args) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        String message = OneLine.of(message(e, command));
        e.getCommandLine()
                .getErr()
                .println(command.qualifiedName() + ": " + message
                        + (message.contains("--help") ? "" : " (see " + command.qualifiedName() + " --help)"));
        return ExitCodes.USAGE;
    }

    private static @Nullable String message(ParameterException e, CommandSpec command) {
        if (e instanceof CommandLine.UnmatchedArgumentException unmatched
                && !unmatched.isUnknownOption()
                && !command.subcommands().isEmpty()) {
            return "command is \"" + unmatched.getUnmatched().get(0) + "\"; allowed are "
                    + String.join(", ", command.subcommands().keySet());
        }
        return e.getMessage();
    }

    private int failed(Exception e, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        if (e instanceof ObjectException refused) {
            err.println(ServerError.line(refused));
        } else if (e instanceof CommandException
                || e instanceof StorageException
                || e instanceof IllegalArgumentException) {
            err.println(name + ": " + OneLine.of(e.getMessage()));
        } else {
            err.println(name + ": " + OneLine.of(e.toString()) + (debug ? "" : " (--debug prints the stack trace)"));
        }
        if (debug) {
            e.printStackTrace(err);
        }
        if (e instanceof CommandException known) {
            return known.exitCode();
        }
        return e instanceof IllegalArgumentException ? ExitCodes.USAGE : ExitCodes.FAILED;
    }
}
