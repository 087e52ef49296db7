package io.k1s.storage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a program does with the bytes of a value, as part of the measured operation. */
public interface Codec {
    /** Uses what was read, and returns something of it. */
    long read(KeyValue value);

    /** Makes the bytes to be written, each time others. */
    byte[] write(int number);

    /** Nothing: bytes that are there already. */
    static Codec raw() {
        byte[][] values = {new byte[500], new byte[500]};
        values[1][0] = 1;
        return new Codec() {
            @Override
            public long read(KeyValue value) {
                return value.revision();
            }

            @Override
            public byte[] write(int number) {
                return values[number & 1];
            }
        };
    }

    /** An object of about 500 bytes of JSON, encoded and decoded by Jackson. */
    static Codec json() {
        ObjectMapper mapper = new ObjectMapper();
        ObjectReader reader = mapper.readerFor(Laptop.class);
        ObjectWriter writer = mapper.writerFor(Laptop.class);
        return new Codec() {
            @Override
            public long read(KeyValue value) {
                try {
                    return reader.<Laptop>readValue(value.value()).generation();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public byte[] write(int number) {
                try {
                    return writer.writeValueAsBytes(Laptop.numbered(number));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    /** An object as a cluster has them. */
    record Laptop(
            String apiVersion,
            String kind,
            String name,
            String namespace,
            long generation,
            Map<String, String> labels,
            List<String> finalizers,
            double price,
            int cores,
            long memoryBytes,
            List<Condition> conditions) {

        record Condition(String type, boolean status, String reason, long since) {}

        static Laptop numbered(int number) {
            return new Laptop(
                    "inventory.k1s.io/v1",
                    "Laptop",
                    "laptop-" + number,
                    "warehouse-north",
                    number,
                    new TreeMap<>(Map.of("vendor", "northwind", "series", "ultra-14", "owner", "procurement")),
                    List.of("inventory.k1s.io/release"),
                    1349.5,
                    12,
                    34_359_738_368L,
                    List.of(
                            new Condition("Ready", true, "InspectionPassed", 1_767_225_600_000L),
                            new Condition("Assigned", false, "WaitingForOwner", 1_767_225_660_000L)));
        }
    }
}
