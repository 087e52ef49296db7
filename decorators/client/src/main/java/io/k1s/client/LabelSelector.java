package io.k1s.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which labels an object must have, in the notation of Kubernetes. */
final class LabelSelector {
    static final LabelSelector ALL = new LabelSelector("", List.of());

    private static final Pattern KEY =
            Pattern.compile("([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
    private static final Pattern VALUE = Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");

    /** One requirement: {@code !key}, {@code key}, {@code key=value} and the like, {@code key in (a,b)} and the like. */
    private static final Pattern REQUIREMENT = Pattern.compile("\\s*(?:(?<not>!)\\s*(?<absent>[^\\s=!,()]+)"
            + "|(?<key>[^\\s=!,()]+)(?:\\s*(?<op>==?|!=)\\s*(?<value>[^\\s=!,()]*)"
            + "|\\s+(?<set>in|notin)\\s*\\((?<values>[^()]*)\\))?)\\s*(?<end>,|$)");

    private final String text;
    private final List<Requirement> requirements;

    /** Either the key's value is among these, or it is not; without values the key is there at all, or is not. */
    private record Requirement(String key, boolean positive, Set<String> values) {
        boolean holds(@Nullable JsonNode value) {
            boolean found = value != null && (values.isEmpty() || values.contains(value.asText()));
            return found == positive;
        }
    }

    private LabelSelector(String text, List<Requirement> requirements) {
        this.text = text;
        this.requirements = requirements;
    }

    static LabelSelector parse(String text) {
        if (text.isBlank()) {
            return ALL;
        }
        List<Requirement> requirements = new ArrayList<>();
        Matcher matcher = REQUIREMENT.matcher(text);
        String end = ",";
        while (end.equals(",")) {
            if (!matcher.lookingAt()) {
                throw refused(text);
            }
            requirements.add(requirement(text, matcher));
            end = matcher.group("end");
            matcher.region(matcher.end(), text.length());
        }
        return new LabelSelector(text, List.copyOf(requirements));
    }

    private static Requirement requirement(String text, Matcher matcher) {
        String absent = matcher.group("absent");
        String key = absent == null ? matcher.group("key") : absent;
        Set<String> values = new TreeSet<>();
        String operator = matcher.group("op");
        String set = matcher.group("set");
        if (operator != null) {
            values.add(matcher.group("value"));
        } else if (set != null) {
            for (String value : matcher.group("values").split(",", -1)) {
                values.add(value.strip());
            }
        }
        if (!isKey(key) || !values.stream().allMatch(LabelSelector::isValue)) {
            throw refused(text);
        }
        return new Requirement(key, absent == null && !"!=".equals(operator) && !"notin".equals(set), values);
    }

    private static IllegalArgumentException refused(String text) {
        return new IllegalArgumentException("label selector is \"" + text
                + "\"; allowed is a list such as a=b,c!=d,e in (f,g),h notin (i),j,!k with label keys and values");
    }

    static boolean isKey(String text) {
        return KEY.matcher(text).matches();
    }

    static boolean isValue(String text) {
        return VALUE.matcher(text).matches();
    }

    boolean isEmpty() {
        return requirements.isEmpty();
    }

    boolean matches(JsonNode object) {
        JsonNode labels = object.path("metadata").path("labels");
        return requirements.stream().allMatch(each -> each.holds(labels.get(each.key())));
    }

    @Override
    public String toString() {
        return text;
    }
}
