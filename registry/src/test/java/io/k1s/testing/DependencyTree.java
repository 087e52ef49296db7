package io.k1s.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The dependencies that Maven resolved for the module under test. The build writes two trees of them before the tests run: one
 * says what is optional, the other has every dependency in every place where it is asked for.
 */
public final class DependencyTree {
    private static final Path DIRECT = Path.of("target", "dependencies.txt");
    private static final Path ALL = Path.of("target", "dependencies-verbose.txt");
    /** How far each level is indented. */
    private static final int INDENT = 3;

    private static final Pattern LINE =
            Pattern.compile("([|+\\\\ -]*)\\(?([^: ]+:[^: ]+):[^ ]*:(compile|runtime|provided|test|system)\\b(.*)");

    private record Node(int depth, String name, String scope, String remark) {}

    private DependencyTree() {}

    /**
     * {@code group:artifact} of all that comes along with this module's artifact, at any depth: what its dependencies for
     * compiling and running bring, where they are not optional.
     */
    public static Set<String> reachingUsers() throws IOException {
        Map<String, Set<String>> brought = edges();
        Deque<String> next = new ArrayDeque<>();
        for (Node node : read(DIRECT)) {
            if (node.depth == 0
                    && Set.of("compile", "runtime").contains(node.scope)
                    && !node.remark.contains("optional")) {
                next.add(node.name);
            }
        }
        Set<String> reaching = new LinkedHashSet<>();
        while (!next.isEmpty()) {
            String name = next.remove();
            if (reaching.add(name)) {
                next.addAll(brought.getOrDefault(name, Set.of()));
            }
        }
        return reaching;
    }

    /** What stands below each, wherever it does: Maven shows it once, in the other places the dependency alone. */
    private static Map<String, Set<String>> edges() throws IOException {
        Map<String, Set<String>> edges = new HashMap<>();
        List<String> path = new ArrayList<>();
        for (Node node : read(ALL)) {
            path.subList(node.depth, path.size()).clear();
            if (node.depth > 0) {
                edges.computeIfAbsent(path.get(node.depth - 1), name -> new LinkedHashSet<>())
                        .add(node.name);
            }
            path.add(node.name);
        }
        return edges;
    }

    /** Without the first line, which is the module. */
    private static List<Node> read(Path file) throws IOException {
        List<Node> nodes = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        for (String line : lines.subList(1, lines.size())) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new IOException("line of " + file.toAbsolutePath() + " is not a dependency: " + line);
            }
            nodes.add(new Node(
                    matcher.group(1).length() / INDENT - 1, matcher.group(2), matcher.group(3), matcher.group(4)));
        }
        return nodes;
    }
}
