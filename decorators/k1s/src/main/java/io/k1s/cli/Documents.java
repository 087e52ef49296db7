package io.k1s.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import picocli.CommandLine.Model.CommandSpec;

/** The objects in files of YAML or JSON, of which each may have several, also as a List. */
final class Documents {
    private static final int LARGEST_FILE = 256 << 20;

    private static final Pattern LIKE_JSON = Pattern.compile("\\s*\\{\\s*[\"}]");

    static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                    .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                    .disable(YAMLGenerator.Feature.SPLIT_LINES)
                    .loaderOptions(limits())
                    .build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private Documents() {}

    /**
     * One object of a file.
     *
     * @param source where it is from, for messages
     * @param object the object
     */
    record Document(String source, ObjectNode object) {}

    private static LoaderOptions limits() {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(LARGEST_FILE);
        return options;
    }

    /** Reads files, the files of folders in the order of their names, and standard input for "-". */
    static List<Document> read(CommandSpec spec, List<String> names, boolean recursive) {
        for (String name : names) {
            // As a path it would be the current folder.
            if (name.isBlank()) {
                throw Args.refused(spec, "-f", name, "a file, a folder or -");
            }
        }
        List<Document> documents = new ArrayList<>();
        for (String name : names) {
            try {
                if (name.equals("-")) {
                    documents.addAll(read("standard input", System.in.readAllBytes()));
                    continue;
                }
                for (Path file : files(Path.of(name), recursive)) {
                    try (InputStream in = Files.newInputStream(file)) {
                        documents.addAll(read(file.toString(), in.readAllBytes()));
                    }
                }
            } catch (IOException | UncheckedIOException e) {
                throw new CommandException("\"" + OneLine.escape(name) + "\" cannot be read: " + e, e);
            }
        }
        return documents;
    }

    private static List<Path> files(Path path, boolean recursive) throws IOException {
        if (!Files.exists(path)) {
            throw new CommandException("the path \"" + path + "\" does not exist");
        }
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (Stream<Path> walk = Files.walk(path, recursive ? Integer.MAX_VALUE : 1)) {
            List<Path> files = walk.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName()
                            .toString()
                            .toLowerCase(Locale.ROOT)
                            .matches(".*\\.(yaml|yml|json)"))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new CommandException("the folder \"" + path + "\" has no file that ends in .yaml, .yml or .json");
            }
            return files;
        }
    }

    private static List<Document> read(String source, byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        // The braces of YAML are not JSON, and the tabs of JSON are not YAML.
        boolean json = source.endsWith(".json") || LIKE_JSON.matcher(text).lookingAt();
        List<Document> documents = new ArrayList<>();
        try (MappingIterator<JsonNode> values =
                (json ? JSON : YAML).readerFor(JsonNode.class).readValues(text)) {
            int number = 0;
            while (values.hasNextValue()) {
                number++;
                add(documents, source, number, values.nextValue());
            }
        } catch (JsonProcessingException e) {
            throw new CommandException(
                    source + " is neither YAML nor JSON: " + e.getOriginalMessage()
                            + (e.getLocation() == null
                                    ? ""
                                    : " (line " + e.getLocation().getLineNr() + ")"),
                    e);
        }
        return documents;
    }

    private static void add(List<Document> documents, String source, int number, JsonNode value) {
        // A document without content is an empty text to the parser.
        if (value.isNull()
                || value.isMissingNode()
                || (value.isTextual() && value.asText().isBlank())) {
            return;
        }
        String where = source + ", document " + number;
        if (!(value instanceof ObjectNode object)) {
            throw new CommandException(where + " is not an object, but " + value.getNodeType());
        }
        if (object.path("kind").asText().endsWith("List")
                && object.path("items").isArray()) {
            object.path("items").forEach(item -> add(documents, source, number, item));
            return;
        }
        for (String field : List.of("apiVersion", "kind")) {
            if (object.path(field).asText().isEmpty()) {
                throw new CommandException(where + " has no " + field + "; every object must have one");
            }
        }
        for (String field : List.of("/metadata", "/metadata/annotations", "/metadata/labels")) {
            JsonNode there = object.at(field);
            if (!there.isMissingNode() && !there.isNull() && !there.isObject()) {
                throw new CommandException(where + " has " + field.substring(1).replace('/', '.') + " "
                        + OneLine.escape(there.toString()) + "; it must be an object");
            }
        }
        documents.add(new Document(where, object));
    }
}
