package io.k1s.client;

import java.security.SecureRandom;

/** Names that are made up from a beginning. */
final class Generated {
    /** Without vowels and what looks like another, so that no words come out. */
    private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

    private static final int RANDOM = 5;
    private static final int LONGEST_BASE = 63 - RANDOM;
    private static final SecureRandom SOURCE = new SecureRandom();

    private Generated() {}

    static String name(String base) {
        StringBuilder name = new StringBuilder(base.substring(0, Math.min(base.length(), LONGEST_BASE)));
        for (int i = 0; i < RANDOM; i++) {
            name.append(ALPHABET.charAt(SOURCE.nextInt(ALPHABET.length())));
        }
        return name.toString();
    }
}
