package io.k1s.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * A kind and names, as {@code KIND NAME...} or {@code KIND/NAME}.
 *
 * @param kind what the user calls the kind
 * @param names the names; none for all
 */
record Words(String kind, List<String> names) {

    static Words of(CommandSpec spec, String first, List<String> rest) {
        int slash = first.indexOf('/');
        if (slash < 0) {
            return new Words(first, List.copyOf(rest));
        }
        if (!rest.isEmpty() || slash == 0 || slash == first.length() - 1) {
            throw Args.refused(spec, "KIND", first, "KIND NAME..., or KIND/NAME alone");
        }
        return new Words(first.substring(0, slash), List.of(first.substring(slash + 1)));
    }

    void refuseNamesWith(CommandSpec spec, boolean selector) {
        if (selector && !names.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "name cannot be provided when a selector is specified; leave out one of them");
        }
    }
}
