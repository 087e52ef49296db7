package io.k1s.cli;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** The values of the load. Each follows from its key and sequence number alone, so whoever knows those can check every byte. */
final class Values {
    private static final int MAX_PAYLOAD = 200;

    private Values() {}

    static byte[] of(String key, long seq) {
        SplittableRandom random = new SplittableRandom(key.hashCode() * 31L + seq);
        StringBuilder text = new StringBuilder().append(seq).append(':');
        int length = random.nextInt(MAX_PAYLOAD);
        for (int i = 0; i < length; i++) {
            text.append((char) random.nextInt('a', 'z' + 1));
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
