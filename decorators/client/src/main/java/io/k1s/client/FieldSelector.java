package io.k1s.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which values certain fields of an object must have, in the notation of Kubernetes. */
final class FieldSelector {
    static final FieldSelector ALL = new FieldSelector("", List.of());

    /** One requirement; in values, a comma, an equals sign and a backslash are written with a backslash before them. */
    private static final Pattern REQUIREMENT = Pattern.compile(
            "\\s*(?<path>[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*)(?<op>==?|!=)(?<value>(?:[^\\\\,=]|\\\\[\\\\,=])*)(?<end>,|$)");

    /** What never changes as long as an object is there. */
    private static final Set<String> CONSTANT = Set.of("metadata.name", "metadata.namespace");

    private final String text;
    private final List<Requirement> requirements;

    private record Requirement(String path, boolean equal, String value) {
        boolean holds(JsonNode object) {
            JsonNode node = object;
            for (String step : path.split("\\.", -1)) {
                node = node.path(step);
            }
            return node.asText().equals(value) == equal;
        }

        boolean isConstant() {
            return CONSTANT.contains(path);
        }
    }

    private FieldSelector(String text, List<Requirement> requirements) {
        this.text = text;
        this.requirements = requirements;
    }

    static FieldSelector parse(String text) {
        if (text.isBlank()) {
            return ALL;
        }
        List<Requirement> requirements = new ArrayList<>();
        Matcher matcher = REQUIREMENT.matcher(text);
        String end = ",";
        while (end.equals(",")) {
            if (!matcher.lookingAt()) {
                throw new IllegalArgumentException("field selector is \"" + text
                        + "\"; allowed is a list such as metadata.name=a,spec.category!=b");
            }
            requirements.add(new Requirement(
                    matcher.group("path"),
                    !matcher.group("op").equals("!="),
                    matcher.group("value").strip().replaceAll("\\\\(.)", "$1")));
            end = matcher.group("end");
            matcher.region(matcher.end(), text.length());
        }
        return new FieldSelector(text, List.copyOf(requirements));
    }

    boolean isEmpty() {
        return requirements.isEmpty();
    }

    boolean matches(JsonNode object) {
        return requirements.stream().allMatch(each -> each.holds(object));
    }

    /** Tells whether the requirements on what never changes hold: if not, the object matches at no time. */
    boolean canMatch(JsonNode object) {
        return requirements.stream().filter(Requirement::isConstant).allMatch(each -> each.holds(object));
    }

    /** Tells whether an object may begin or cease to match. */
    boolean isConstant() {
        return requirements.stream().allMatch(Requirement::isConstant);
    }

    @Override
    public String toString() {
        return text;
    }
}
