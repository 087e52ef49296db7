package io.k1s.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The checks of arguments where they enter. Every refusal names what, the value, and what is allowed. */
final class Args {
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h)");

    private Args() {}

    static ParameterException refused(CommandSpec spec, String what, String value, String allowed) {
        return new ParameterException(
                spec.commandLine(), what + " is \"" + OneLine.escape(value) + "\"; allowed is " + allowed);
    }

    static long number(CommandSpec spec, String option, String value, long min, long max) {
        try {
            long number = Long.parseLong(value.strip());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below, as one out of range is.
        }
        throw refused(spec, option, value, "a number from " + min + " to " + max);
    }

    static Duration duration(CommandSpec spec, String option, String value, Duration min, Duration max) {
        try {
            Duration duration = parsed(value.strip());
            if (duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
                return duration;
            }
        } catch (DateTimeParseException | ArithmeticException e) {
            // Refused below, as one out of range is.
        }
        throw refused(
                spec, option, value, shown(min) + " to " + shown(max) + ", written as 500ms, 45s, 2m, 1h or PT45S");
    }

    /** An absolute path without {@code ..}; what is there is up to the caller. */
    static Path path(CommandSpec spec, String option, String value) {
        if (value.isBlank()) {
            throw refused(spec, option, value, "a path");
        }
        try {
            return Path.of(value).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw refused(spec, option, value, "a path of this system (" + e.getReason() + ")");
        }
    }

    /** A file that can be read. */
    static Path inputFile(CommandSpec spec, String option, String value) {
        Path file = path(spec, option, value);
        if (Files.isRegularFile(file) && Files.isReadable(file)) {
            return file;
        }
        throw refused(spec, option, value, "a file that can be read, and " + whatIsThere(file));
    }

    private static String whatIsThere(Path file) {
        if (Files.notExists(file)) {
            return "there is none";
        }
        if (Files.isDirectory(file)) {
            return "that is a folder";
        }
        return Files.isRegularFile(file) ? "that one is not readable" : "that is something else";
    }

    /** A file that can be made or replaced. */
    static Path outputFile(CommandSpec spec, String option, String value) {
        Path file = path(spec, option, value);
        Path folder = file.getParent();
        if (folder == null || Files.isDirectory(file)) {
            throw refused(spec, option, value, "a file, and that is a folder");
        }
        if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw refused(
                    spec,
                    option,
                    value,
                    "a file in a folder that exists and can be written, and " + folder
                            + (Files.isDirectory(folder) ? " cannot be written" : " is none"));
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw refused(spec, option, value, "a regular file, and that is something else");
        }
        return file;
    }

    private static Duration parsed(String text) {
        Matcher matcher = SHORT_DURATION.matcher(text);
        if (!matcher.matches()) {
            return Duration.parse(text);
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    /** As a user would write or say it: {@code 0.12 ms}, {@code 12 ms}, {@code 1.25 s}, {@code 24 h}. */
    static String shown(Duration duration) {
        double millis = duration.toNanos() / 1e6;
        if (millis >= 3_600_000 && duration.toSeconds() % 3600 == 0) {
            return duration.toHours() + " h";
        }
        if (millis >= 1000) {
            return String.format(Locale.ROOT, "%.2f", millis / 1000).replaceFirst("\\.?0+$", "") + " s";
        }
        return millis >= 10 || millis == Math.rint(millis)
                ? Math.round(millis) + " ms"
                : String.format(Locale.ROOT, "%.2f ms", millis);
    }
}
