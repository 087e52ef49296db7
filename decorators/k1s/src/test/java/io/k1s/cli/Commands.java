package io.k1s.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands of the program in this process, on one store. */
final class Commands {
    private final Path store;

    Commands(Path store) {
        this.store = store;
    }

    /** What a command left behind. */
    record Result(int code, String out, String err) {}

    Result run(String... words) {
        List<String> arguments = new ArrayList<>(List.of(words));
        arguments.add("--store=" + store);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code =
                Main.execute(new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(String[]::new));
        return new Result(code, out.toString(), err.toString());
    }

    /** Returns the output of a command that succeeds without a word of error. */
    String out(String... words) {
        Result result = run(words);
        if (result.code() != 0 || !result.err().isEmpty()) {
            throw new AssertionError(List.of(words) + ": " + result);
        }
        return result.out();
    }
}
