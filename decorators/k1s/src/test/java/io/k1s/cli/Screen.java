package io.k1s.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a terminal shows that is wide and high enough: the few escape sequences that the program uses. */
final class Screen {
    private static final Pattern SEQUENCE = Pattern.compile("\033\\[(\\d*)([AKJm])");

    private final List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
    private int row;
    private int column;

    static List<String> showing(String output) {
        Screen screen = new Screen();
        Matcher sequence = SEQUENCE.matcher(output);
        for (int i = 0; i < output.length(); i++) {
            if (sequence.region(i, output.length()).lookingAt()) {
                screen.apply(sequence.group(1), sequence.group(2).charAt(0));
                i = sequence.end() - 1;
            } else {
                screen.put(output.charAt(i));
            }
        }
        return screen.lines.stream()
                .map(line -> line.toString().stripTrailing())
                .toList();
    }

    private void put(char c) {
        switch (c) {
            case '\r' -> column = 0;
            case '\n' -> {
                if (++row == lines.size()) {
                    lines.add(new StringBuilder());
                }
            }
            default -> {
                StringBuilder line = lines.get(row);
                line.append(" ".repeat(Math.max(0, column + 1 - line.length())));
                line.setCharAt(column++, c);
            }
        }
    }

    private void apply(String number, char sequence) {
        switch (sequence) {
            case 'A' -> row = Math.max(0, row - (number.isEmpty() ? 1 : Integer.parseInt(number)));
            case 'K' -> cut();
            case 'J' -> {
                cut();
                lines.subList(row + 1, lines.size()).clear();
            }
            default -> {}
        }
    }

    private void cut() {
        StringBuilder line = lines.get(row);
        line.setLength(Math.min(line.length(), column));
    }
}
