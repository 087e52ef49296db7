package io.k1s.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.storage.KeyNotFoundException;
import io.k1s.storage.ListOptions;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StorageClientTest {
    private static final DeleteOptions FOREGROUND =
            DeleteOptions.none().withPropagation(DeleteOptions.Propagation.FOREGROUND);

    private final Counting counting = new Counting();
    private final MemoryStorage storage = counting.storage;
    private final StorageClient client = StorageClient.builder(counting.backend)
            .clock(Clock.fixed(Instant.parse("2026-01-02T03:04:05.678Z"), ZoneOffset.UTC))
            .build();

    private Gadget create(String name) {
        return client.create(Gadget.TYPE, Gadget.of(name).coloured("red"));
    }

    private String stored(String name) {
        return new String(
                storage.get("registry/test.k1s.io/gadgets/default/" + name).value(), StandardCharsets.UTF_8);
    }

    // --- create and get

    @Test
    void createdObjectHasWhatTheServerSets() {
        Gadget created = create("a");
        assertThat(created.getMetadata().getUid()).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(created.getMetadata().getCreationTimestamp()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(created.getMetadata().getGeneration()).isEqualTo(1);
        assertThat(created.getMetadata().getResourceVersion()).isEqualTo("1");
        assertThat(created.getKind()).isEqualTo("Gadget");
        Gadget read = client.get(Gadget.TYPE, created.key());
        assertThat(read.getMetadata()).isEqualTo(created.getMetadata());
        assertThat(read.spec.colour).isEqualTo("red");
    }

    @Test
    void resourceVersionIsTheRevisionAndIsNotStored() {
        create("a");
        assertThat(stored("a"))
                .startsWith("{\"apiVersion\":\"test.k1s.io/v1\",\"kind\":\"Gadget\",\"metadata\":{")
                .doesNotContain("resourceVersion");
    }

    @Test
    void createTakesNoStatusAndNoServerFieldsFromTheCaller() {
        Gadget given = Gadget.of("a").withPhase("Ready");
        given.getMetadata().setUid("mine");
        given.getMetadata().setGeneration(7L);
        given.getMetadata().setDeletionTimestamp("2020-01-01T00:00:00Z");
        Gadget created = client.create(Gadget.TYPE, given);
        assertThat(created.status).isNull();
        assertThat(created.getMetadata().getUid()).isNotEqualTo("mine");
        assertThat(created.getMetadata().getGeneration()).isEqualTo(1);
        assertThat(created.getMetadata().getDeletionTimestamp()).isNull();
        assertThat(given.getMetadata().getUid()).isEqualTo("mine");
    }

    @Test
    void createOfWhatIsThereIsATypedError() {
        create("a");
        assertThatExceptionOfType(ObjectExistsException.class)
                .isThrownBy(() -> create("a"))
                .withMessage("gadgets.test.k1s.io \"a\" already exists in namespace \"default\"")
                .satisfies(e -> assertThat(e.reason()).isEqualTo("AlreadyExists"));
    }

    @Test
    void missingObjectIsATypedError() {
        ObjectKey key = ObjectKey.of("default", "a");
        for (org.assertj.core.api.ThrowableAssert.ThrowingCallable call :
                List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                        () -> client.get(Gadget.TYPE, key),
                        () -> client.edit(Gadget.TYPE, key, gadget -> gadget),
                        () -> client.patch(Gadget.TYPE, key, Patch.merge("{}")),
                        () -> client.delete(Gadget.TYPE, key, DeleteOptions.none()))) {
            assertThatExceptionOfType(ObjectNotFoundException.class)
                    .isThrownBy(call)
                    .withMessage("gadgets.test.k1s.io \"a\" not found in namespace \"default\"")
                    .satisfies(e -> assertThat(e.reason()).isEqualTo("NotFound"));
        }
    }

    @Test
    void generatedNameIsTheBaseAndFiveCharacters() {
        Gadget given = Gadget.of(null);
        given.getMetadata().setGenerateName("gadget-");
        assertThat(client.create(Gadget.TYPE, given).getMetadata().getName())
                .matches("gadget-[bcdfghjklmnpqrstvwxz2456789]{5}");
        given.getMetadata().setGenerateName("g".repeat(70));
        assertThat(client.create(Gadget.TYPE, given).getMetadata().getName()).hasSize(63);
    }

    @Test
    void generatedNameThatIsTakenIsMadeUpAgain() {
        AtomicInteger creates = new AtomicInteger();
        counting.before = call -> {
            if (call.equals("create") && creates.incrementAndGet() < 8) {
                throw new io.k1s.storage.KeyExistsException("taken", 1);
            }
        };
        Gadget given = Gadget.of(null);
        given.getMetadata().setGenerateName("gadget-");
        assertThat(client.create(Gadget.TYPE, given).getMetadata().getName()).startsWith("gadget-");
        creates.set(-1);
        assertThatExceptionOfType(ObjectExistsException.class).isThrownBy(() -> client.create(Gadget.TYPE, given));
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        Gadget wrong = Gadget.of("Not_A_Name").labelled(Map.of("a b", "c", "tier", "-"));
        wrong.getMetadata().setNamespace("");
        wrong.getMetadata().setResourceVersion("1");
        wrong.getMetadata().setAnnotations(Map.of("/", "anything"));
        wrong.setApiVersion("other/v2");
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.create(Gadget.TYPE, wrong))
                .withMessageStartingWith("Gadget.test.k1s.io \"Not_A_Name\" is invalid: ")
                .satisfies(e -> assertThat(e.reason()).isEqualTo("Invalid"))
                .satisfies(e -> assertThat(e.causes())
                        .extracting(Cause::field)
                        .containsExactlyInAnyOrder(
                                "apiVersion",
                                "metadata.resourceVersion",
                                "metadata.name",
                                "metadata.namespace",
                                "metadata.labels[a b]",
                                "metadata.labels[tier]",
                                "metadata.annotations[/]"));
        assertThat(storage.revision()).isZero();
    }

    @Test
    void kindWithoutNamespacesHasNone() {
        ResourceType<GenericKubernetesResource> planets = ResourceType.generic("v1", "Planet", false);
        GenericKubernetesResource earth = new GenericKubernetesResource();
        earth.setMetadata(Gadget.of(null, "earth").getMetadata());
        GenericKubernetesResource created = client.create(planets, earth);
        assertThat(storage.get("registry/core/planets/earth")).isNotNull();
        assertThat(client.get(planets, ObjectKey.of("earth"))).isEqualTo(created);
        assertThat(client.list(planets, ObjectQuery.all()).items()).containsExactly(created);
        earth.getMetadata().setNamespace("default");
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.create(planets, earth))
                .withMessageContaining("this kind has no namespaces");
        assertThatExceptionOfType(ObjectNotFoundException.class)
                .isThrownBy(() -> client.get(planets, ObjectKey.of("mars")))
                .withMessage("planets \"mars\" not found");
        assertThatIllegalArgumentException().isThrownBy(() -> client.get(planets, ObjectKey.of("default", "mars")));
        earth.getMetadata().setNamespace(null);
        assertThatExceptionOfType(ObjectExistsException.class)
                .isThrownBy(() -> client.create(planets, earth))
                .withMessage("planets \"earth\" already exists");
    }

    // --- update

    @Test
    void updateIsOneStorageOperationAndGrowsTheGenerationWithTheSpec() {
        Gadget gadget = create("a").coloured("blue");
        counting.calls.clear();
        Gadget updated = client.update(Gadget.TYPE, gadget);
        assertThat(counting.calls).containsExactly("guaranteedUpdate");
        assertThat(updated.spec.colour).isEqualTo("blue");
        assertThat(updated.getMetadata().getGeneration()).isEqualTo(2);
        assertThat(updated.getMetadata().getResourceVersion()).isEqualTo("2");
        assertThat(updated.getMetadata().getUid())
                .isEqualTo(gadget.getMetadata().getUid());
    }

    @Test
    void generationStaysWhenOnlyTheMetadataChange() {
        Gadget updated = client.update(Gadget.TYPE, create("a").labelled(Map.of("tier", "web")));
        assertThat(updated.getMetadata().getLabels()).containsEntry("tier", "web");
        assertThat(updated.getMetadata().getResourceVersion()).isEqualTo("2");
        assertThat(updated.getMetadata().getGeneration()).isEqualTo(1);
    }

    @Test
    void updateThatChangesNothingMakesNoRevision() {
        Gadget gadget = create("a");
        gadget.spec.size = 3L;
        Gadget sized = client.update(Gadget.TYPE, gadget);
        assertThat(client.update(Gadget.TYPE, sized).getMetadata()).isEqualTo(sized.getMetadata());
        client.patch(Gadget.TYPE, sized.key(), Patch.merge("{\"spec\":{\"size\":3,\"colour\":\"red\"}}"));
        client.patch(Gadget.TYPE, sized.key(), Patch.merge("{\"metadata\":{\"labels\":{},\"managedFields\":[{}]}}"));
        assertThat(storage.revision()).isEqualTo(2);
    }

    @Test
    void updateOfAnOlderVersionIsAConflict() {
        Gadget old = create("a");
        client.update(Gadget.TYPE, create("b"));
        client.edit(Gadget.TYPE, old.key(), gadget -> gadget.coloured("blue"));
        assertThatExceptionOfType(ObjectConflictException.class)
                .isThrownBy(() -> client.update(Gadget.TYPE, old.coloured("green")))
                .withMessageContaining("gadgets.test.k1s.io \"a\"")
                .withMessageContaining("resourceVersion 3, not at the expected 1")
                .satisfies(e -> assertThat(e.reason()).isEqualTo("Conflict"));
        assertThat(client.get(Gadget.TYPE, old.key()).spec.colour).isEqualTo("blue");
    }

    @Test
    void updateOfARecreatedObjectIsAConflict() {
        Gadget old = create("a");
        client.delete(Gadget.TYPE, old.key(), DeleteOptions.none());
        old.getMetadata().setResourceVersion(create("a").getMetadata().getResourceVersion());
        assertThatExceptionOfType(ObjectConflictException.class)
                .isThrownBy(() -> client.update(Gadget.TYPE, old))
                .withMessageContaining("not the expected " + old.getMetadata().getUid());
    }

    @Test
    void updateWithoutAResourceVersionIsRefused() {
        Gadget gadget = create("a");
        gadget.getMetadata().setResourceVersion(null);
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.update(Gadget.TYPE, gadget))
                .withMessageContaining("metadata.resourceVersion: is missing");
    }

    @Test
    void whatTheServerSetStaysAsItIs() {
        Gadget gadget = create("a");
        Gadget updated = client.edit(Gadget.TYPE, gadget.key(), mine -> {
            mine.getMetadata().setCreationTimestamp("2000-01-01T00:00:00Z");
            mine.getMetadata().setGeneration(99L);
            mine.getMetadata().setDeletionTimestamp("2000-01-01T00:00:00Z");
            mine.getMetadata().setUid(null);
            mine.getMetadata().setResourceVersion(null);
            return mine;
        });
        assertThat(updated.getMetadata()).isEqualTo(gadget.getMetadata());
    }

    @Test
    void nameCannotBeChanged() {
        ObjectKey key = create("a").key();
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.patch(Gadget.TYPE, key, Patch.merge("{\"metadata\":{\"name\":\"b\"}}")))
                .withMessageContaining("metadata.name: is \"b\"; it stays \"a\"");
    }

    @Test
    void editIsAppliedAgainToWhatIsThereByThen() {
        ObjectKey key = create("a").key();
        AtomicInteger calls = new AtomicInteger();
        client.edit(Gadget.TYPE, key, gadget -> {
            if (calls.incrementAndGet() == 1) {
                client.edit(Gadget.TYPE, key, other -> other.labelled(Map.of("seen", "yes")));
            }
            return gadget.coloured("blue");
        });
        Gadget now = client.get(Gadget.TYPE, key);
        assertThat(calls).hasValue(2);
        assertThat(now.spec.colour).isEqualTo("blue");
        assertThat(now.getMetadata().getLabels()).containsEntry("seen", "yes");
    }

    @Test
    void whatAnEditThrowsIsPassedOnAndNothingIsChanged() {
        ObjectKey key = create("a").key();
        IllegalStateException own = new IllegalStateException("mine");
        assertThatThrownBy(() -> client.edit(Gadget.TYPE, key, gadget -> {
                    throw own;
                }))
                .isSameAs(own);
        assertThat(storage.revision()).isEqualTo(1);
    }

    @Test
    void keyThatAnEditItselfMissesIsNotTakenForItsObject() {
        ObjectKey key = create("a").key();
        KeyNotFoundException own = new KeyNotFoundException("mine");
        for (Runnable edit : List.<Runnable>of(
                () -> client.edit(Gadget.TYPE, key, gadget -> {
                    throw own;
                }),
                () -> client.status().edit(Gadget.TYPE, key, gadget -> {
                    throw own;
                }))) {
            assertThatThrownBy(edit::run).isSameAs(own);
        }
    }

    // --- status

    @Test
    void updateLeavesTheStatusUntouched() {
        Gadget gadget = create("a");
        Gadget ready = client.status().update(Gadget.TYPE, gadget.withPhase("Ready"));
        Gadget updated = client.update(Gadget.TYPE, ready.withPhase("Lost").coloured("blue"));
        assertThat(updated.status.phase).isEqualTo("Ready");
        assertThat(client.patch(Gadget.TYPE, gadget.key(), Patch.merge("{\"status\":null}")).status.phase)
                .isEqualTo("Ready");
    }

    @Test
    void statusUpdateLeavesTheRestUntouchedAndTheGenerationToo() {
        Gadget gadget = create("a");
        Gadget changed = gadget.withPhase("Ready").coloured("blue").labelled(Map.of("a", "b"));
        counting.calls.clear();
        Gadget ready = client.status().update(Gadget.TYPE, changed);
        assertThat(counting.calls).containsExactly("guaranteedUpdate");
        assertThat(ready.status.phase).isEqualTo("Ready");
        assertThat(ready.spec.colour).isEqualTo("red");
        assertThat(ready.getMetadata().getLabels()).isEmpty();
        assertThat(ready.getMetadata().getGeneration()).isEqualTo(1);
        assertThat(ready.getMetadata().getResourceVersion()).isEqualTo("2");
    }

    @Test
    void statusCanBePatchedEditedAndTakenAway() {
        ObjectKey key = create("a").key();
        assertThat(client.status()
                        .patch(Gadget.TYPE, key, Patch.merge("{\"status\":{\"phase\":\"Ready\"},\"spec\":null}"))
                        .status
                        .phase)
                .isEqualTo("Ready");
        assertThat(client.status().edit(Gadget.TYPE, key, gadget -> gadget.withPhase("Lost")).status.phase)
                .isEqualTo("Lost");
        Gadget without =
                client.status().patch(Gadget.TYPE, key, Patch.json("[{\"op\":\"remove\",\"path\":\"/status\"}]"));
        assertThat(without.status).isNull();
        assertThat(without.spec.colour).isEqualTo("red");
    }

    @Test
    void statusUpdateOfAnOlderVersionIsAConflict() {
        Gadget old = create("a");
        client.edit(Gadget.TYPE, old.key(), gadget -> gadget.coloured("blue"));
        assertThatExceptionOfType(ObjectConflictException.class)
                .isThrownBy(() -> client.status().update(Gadget.TYPE, old.withPhase("Ready")));
    }

    // --- patch

    @Test
    void mergePatchReplacesAndRemoves() {
        Gadget gadget = create("a");
        counting.calls.clear();
        Gadget patched = client.patch(
                Gadget.TYPE,
                gadget.key(),
                Patch.merge("{\"spec\":{\"colour\":null,\"size\":5},\"metadata\":{\"labels\":{\"x\":\"y\"}}}"));
        assertThat(counting.calls).containsExactly("guaranteedUpdate");
        assertThat(patched.spec.colour).isNull();
        assertThat(patched.spec.size).isEqualTo(5);
        assertThat(patched.getMetadata().getLabels()).containsEntry("x", "y");
        assertThat(patched.getMetadata().getGeneration()).isEqualTo(2);
    }

    @Test
    void jsonPatchIsAppliedAsAWhole() {
        ObjectKey key = create("a").key();
        Patch patch = Patch.json("[{\"op\":\"replace\",\"path\":\"/spec/colour\",\"value\":\"blue\"},"
                + "{\"op\":\"add\",\"path\":\"/spec/size\",\"value\":2}]");
        assertThat(client.patch(Gadget.TYPE, key, patch).spec.size).isEqualTo(2);
        Patch failing = Patch.json("[{\"op\":\"replace\",\"path\":\"/spec/colour\",\"value\":\"green\"},"
                + "{\"op\":\"test\",\"path\":\"/spec/size\",\"value\":3}]");
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.patch(Gadget.TYPE, key, failing))
                .withMessageContaining("does not fit");
        assertThat(client.get(Gadget.TYPE, key).spec.colour).isEqualTo("blue");
    }

    @Test
    void resourceVersionInAPatchIsAPrecondition() {
        Gadget gadget = create("a");
        client.edit(Gadget.TYPE, gadget.key(), each -> each.coloured("blue"));
        assertThatExceptionOfType(ObjectConflictException.class)
                .isThrownBy(() -> client.patch(
                        Gadget.TYPE,
                        gadget.key(),
                        Patch.merge("{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":{\"colour\":\"green\"}}")));
    }

    @Test
    void whatIsNoPatchIsRefusedBeforeTheStorageIsAsked() {
        refused("JSON merge patch is \"{\"", () -> Patch.merge("{"));
        refused("JSON merge patch is \"[]\"", () -> Patch.merge("[]"));
        refused("JSON patch is \"{}\"", () -> Patch.json("{}"));
        assertThat(Patch.merge("{\"a\":\"" + "x".repeat(300) + "\"}").toString())
                .startsWith("merge patch {\"a\"")
                .hasSizeLessThan(230);
    }

    @Test
    void patchThatLeavesNoObjectIsRefused() {
        ObjectKey key = create("a").key();
        for (String patch : List.of(
                "[{\"op\":\"replace\",\"path\":\"\",\"value\":[]}]",
                "[{\"op\":\"jump\",\"path\":\"/spec\"}]",
                "[{\"op\":\"add\"}]",
                "[5]")) {
            assertThatExceptionOfType(InvalidObjectException.class)
                    .as(patch)
                    .isThrownBy(() -> client.patch(Gadget.TYPE, key, Patch.json(patch)));
        }
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.patch(Gadget.TYPE, key, Patch.merge("{\"metadata\":5}")))
                .withMessageContaining("metadata.name");
        assertThat(storage.revision()).isEqualTo(1);
    }

    // --- delete

    @Test
    void deleteReturnsWhatWasThere() {
        Gadget gadget = create("a");
        Gadget deleted = client.delete(Gadget.TYPE, gadget.key(), DeleteOptions.none());
        assertThat(deleted.getMetadata().getUid())
                .isEqualTo(gadget.getMetadata().getUid());
        assertThat(storage.count("")).isZero();
    }

    @Test
    void deletePreconditionsHoldOrNothingHappens() {
        Gadget gadget = create("a");
        assertThatExceptionOfType(ObjectConflictException.class)
                .isThrownBy(() -> client.delete(
                        Gadget.TYPE, gadget.key(), DeleteOptions.none().withUid("other")));
        assertThatExceptionOfType(ObjectConflictException.class)
                .isThrownBy(() -> client.delete(
                        Gadget.TYPE, gadget.key(), DeleteOptions.none().withResourceVersion("7")));
        assertThat(storage.count("")).isEqualTo(1);
        client.delete(
                Gadget.TYPE,
                gadget.key(),
                DeleteOptions.none()
                        .withUid(gadget.getMetadata().getUid())
                        .withResourceVersion(gadget.getMetadata().getResourceVersion()));
        assertThat(storage.count("")).isZero();
    }

    @Test
    void deleteThatIsOvertakenByAChangeDeletesTheNewerOneUnlessItNamedTheOld() {
        Gadget gadget = create("a");
        Runnable interference =
                () -> client.edit(Gadget.TYPE, gadget.key(), each -> each.coloured(each.spec.colour + "er"));
        counting.beforeNext("delete", interference);
        assertThatExceptionOfType(ObjectConflictException.class)
                .isThrownBy(() -> client.delete(
                        Gadget.TYPE, gadget.key(), DeleteOptions.none().withResourceVersion("1")));
        counting.beforeNext("delete", interference);
        assertThat(client.delete(Gadget.TYPE, gadget.key(), DeleteOptions.none()).spec.colour)
                .isEqualTo("rederer");
    }

    @Test
    void objectWithAFinalizerIsMarkedAndGoesWithItsLastFinalizer() {
        Gadget given = Gadget.of("a");
        given.getMetadata().setFinalizers(List.of("k1s.io/one", "k1s.io/two"));
        ObjectKey key = client.create(Gadget.TYPE, given).key();
        Gadget marked = client.delete(Gadget.TYPE, key, DeleteOptions.none());
        assertThat(marked.getMetadata().getDeletionTimestamp()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(marked.getMetadata().getDeletionGracePeriodSeconds()).isZero();
        client.delete(Gadget.TYPE, key, DeleteOptions.none());
        assertThat(storage.revision()).isEqualTo(2);
        Gadget one = client.edit(Gadget.TYPE, key, gadget -> {
            gadget.removeFinalizer("k1s.io/one");
            return gadget;
        });
        assertThat(one.getMetadata().getDeletionTimestamp()).isNotNull();
        one.removeFinalizer("k1s.io/two");
        client.update(Gadget.TYPE, one);
        assertThat(storage.count("")).isZero();
    }

    @Test
    void objectThatIsBeingDeletedTakesNoNewFinalizer() {
        Gadget given = Gadget.of("a");
        given.getMetadata().setFinalizers(List.of("k1s.io/one"));
        ObjectKey key = client.create(Gadget.TYPE, given).key();
        client.delete(Gadget.TYPE, key, DeleteOptions.none());
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.edit(Gadget.TYPE, key, gadget -> {
                    gadget.getMetadata().setFinalizers(List.of("k1s.io/one", "k1s.io/two"));
                    return gadget;
                }))
                .withMessageContaining("has the new \"k1s.io/two\"");
    }

    @Test
    void foregroundDeleteTakesTheDependentsFirst() {
        Gadget owner = create("owner");
        Gadget other = create("other");
        dependent("child", owner);
        Gadget shared = Gadget.of("shared");
        shared.addOwnerReference(owner);
        shared.addOwnerReference(other);
        client.create(Gadget.TYPE, shared);
        dependent("grandchild", client.get(Gadget.TYPE, ObjectKey.of("default", "child")));
        client.delete(Gadget.TYPE, owner.key(), FOREGROUND);
        assertThat(client.list(Gadget.TYPE, ObjectQuery.all()).items())
                .extracting(gadget -> gadget.getMetadata().getName())
                .containsExactly("other", "shared");
        assertThat(counting.calls.stream().filter("delete"::equals)).hasSize(3);
    }

    @Test
    void foregroundDeleteIsRefusedWhileADependentWaitsForItsFinalizersAndCanBeRepeated() {
        Gadget owner = create("owner");
        dependent("child", owner);
        Gadget waiting = waitingDependent("waiting", owner);
        assertThatExceptionOfType(DependentsLeftException.class)
                .isThrownBy(() -> client.delete(Gadget.TYPE, owner.key(), FOREGROUND))
                .withMessageContaining("\"owner\" cannot be deleted before its dependents: ")
                .withMessageContaining("\"waiting\" in namespace \"default\" waits for its finalizers [k1s.io/one];")
                .satisfies(e -> assertThat(e.reason()).isEqualTo("Conflict"));
        assertThat(names()).containsExactly("owner", "waiting");
        assertThat(client.get(Gadget.TYPE, owner.key()).isMarkedForDeletion()).isFalse();
        client.edit(Gadget.TYPE, waiting.key(), gadget -> {
            gadget.removeFinalizer("k1s.io/one");
            return gadget;
        });
        client.delete(Gadget.TYPE, owner.key(), FOREGROUND);
        assertThat(names()).isEmpty();
    }

    @Test
    void foregroundDeleteLeavesEveryOwnerOfADependentThatWaits() {
        Gadget owner = create("owner");
        Gadget child = dependent("child", owner);
        waitingDependent("grandchild-1", child);
        waitingDependent("grandchild-2", child);
        assertThatExceptionOfType(DependentsLeftException.class)
                .isThrownBy(() -> client.delete(Gadget.TYPE, owner.key(), FOREGROUND))
                .withMessageContaining("\"grandchild-1\"")
                .withMessageContaining("[k1s.io/one], and 1 more;");
        assertThat(names()).containsExactly("child", "grandchild-1", "grandchild-2", "owner");
        assertThat(client.get(Gadget.TYPE, child.key()).isMarkedForDeletion()).isFalse();
    }

    @Test
    void foregroundDeleteThatIsOvertakenByANewOwnerTakesThatOnesDependentsToo() {
        Gadget old = create("owner");
        counting.beforeNext("guaranteedUpdate", () -> {
            client.delete(Gadget.TYPE, old.key(), DeleteOptions.none());
            dependent("child", create("owner"));
        });
        client.delete(Gadget.TYPE, old.key(), FOREGROUND);
        assertThat(names()).isEmpty();
    }

    @Test
    void foregroundDeleteThatNamedAnOvertakenOwnerLeavesTheNewOne() {
        for (boolean byUid : new boolean[] {true, false}) {
            Gadget old = create("owner");
            DeleteOptions named = byUid
                    ? FOREGROUND.withUid(old.getMetadata().getUid())
                    : FOREGROUND.withResourceVersion(old.getMetadata().getResourceVersion());
            counting.beforeNext("guaranteedUpdate", () -> {
                client.delete(Gadget.TYPE, old.key(), DeleteOptions.none());
                dependent("child", create("owner"));
            });
            assertThatExceptionOfType(ObjectConflictException.class)
                    .isThrownBy(() -> client.delete(Gadget.TYPE, old.key(), named));
            assertThat(names()).containsExactly("child", "owner");
            client.delete(Gadget.TYPE, old.key(), FOREGROUND);
        }
    }

    @Test
    void foregroundDeleteThatIsOvertakenByANewDependentTakesThatOneToo() {
        Gadget owner = create("owner");
        Gadget child = dependent("child", owner);
        counting.beforeNext("guaranteedUpdate", () -> {
            client.delete(Gadget.TYPE, child.key(), DeleteOptions.none());
            dependent("child", owner);
        });
        client.delete(Gadget.TYPE, owner.key(), FOREGROUND);
        assertThat(names()).isEmpty();
    }

    @Test
    void foregroundDeleteLeavesWhatTookTheNameOfADependentAndIsNone() {
        Gadget owner = create("owner");
        Gadget child = dependent("child", owner);
        counting.beforeNext("guaranteedUpdate", () -> {
            client.delete(Gadget.TYPE, child.key(), DeleteOptions.none());
            create("child");
        });
        client.delete(Gadget.TYPE, owner.key(), FOREGROUND);
        assertThat(names()).containsExactly("child");
    }

    private List<String> names() {
        return client.list(Gadget.TYPE, ObjectQuery.all()).items().stream()
                .map(gadget -> gadget.getMetadata().getName())
                .toList();
    }

    private Gadget waitingDependent(String name, Gadget owner) {
        Gadget waiting = Gadget.of(name);
        waiting.addOwnerReference(owner);
        waiting.getMetadata().setFinalizers(List.of("k1s.io/one"));
        return client.create(Gadget.TYPE, waiting);
    }

    @Test
    void foregroundDeleteOfObjectsThatOwnEachOtherEnds() {
        Gadget first = create("first");
        Gadget second = dependent("second", first);
        client.edit(Gadget.TYPE, first.key(), gadget -> {
            gadget.addOwnerReference(second);
            return gadget;
        });
        client.delete(Gadget.TYPE, first.key(), FOREGROUND);
        assertThat(storage.count("")).isZero();
    }

    @Test
    void orphansStay() {
        Gadget owner = create("owner");
        dependent("child", owner);
        client.delete(Gadget.TYPE, owner.key(), DeleteOptions.none());
        assertThat(storage.count("")).isEqualTo(1);
    }

    private Gadget dependent(String name, Gadget owner) {
        Gadget child = Gadget.of(name);
        child.addOwnerReference(owner);
        return client.create(Gadget.TYPE, child);
    }

    // --- input, and what is stored

    @Test
    void objectWithoutMetadataIsRefused() {
        Gadget bare = Gadget.of("a");
        bare.setMetadata(null);
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.create(Gadget.TYPE, bare))
                .withMessageContaining("metadata.name: is \"\"");
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.update(Gadget.TYPE, bare))
                .withMessageContaining("metadata.resourceVersion: is missing");
    }

    @Test
    void typesOfStoredObjectsAreFoundOnceEach() {
        ResourceType<GenericKubernetesResource> planets = ResourceType.generic("v1", "Planet", false);
        GenericKubernetesResource earth = new GenericKubernetesResource();
        earth.setMetadata(Gadget.of(null, "earth").getMetadata());
        client.create(planets, earth);
        for (int i = 0; i < 501; i++) {
            create("g" + i);
        }
        assertThat(ResourceType.storedIn(storage))
                .containsExactly(planets, ResourceType.generic("test.k1s.io/v1", "Gadget", true));
    }

    @Test
    void whatCannotBeAKeyIsRefused() {
        refused(
                "name of gadgets.test.k1s.io is \"a/b\"",
                () -> client.get(Gadget.TYPE, ObjectKey.of("default", "a/b")));
        refused("namespace of gadgets.test.k1s.io \"a\" is \"\"", () -> client.get(Gadget.TYPE, ObjectKey.of("a")));
        refused(
                "namespace of gadgets.test.k1s.io is \"A\"",
                () -> client.list(Gadget.TYPE, ObjectQuery.inNamespace("A")));
        refused("name of", () -> client.get(Gadget.TYPE, ObjectKey.of("default", "a".repeat(254))));
    }

    @Test
    void whatIsNoObjectInTheStorageIsNamed() {
        for (String value : List.of("{", "5", "{\"metadata\":5}", "{\"metadata\":{},\"spec\":5}")) {
            storage.create(
                    "registry/test.k1s.io/gadgets/default/a", value.getBytes(StandardCharsets.UTF_8), Duration.ZERO);
            assertThatExceptionOfType(StorageException.class)
                    .as(value)
                    .isThrownBy(() -> client.get(Gadget.TYPE, ObjectKey.of("default", "a")))
                    .withMessageMatching(
                            "(key \"registry/.*/a\" does not hold an object.*)|(?s)(gadgets.* does not fit .*)");
            storage.delete("registry/test.k1s.io/gadgets/default/a", io.k1s.storage.Preconditions.none());
        }
    }

    @Test
    void keysOfOneKindAndNamespaceHaveOnePrefix() {
        create("b");
        client.create(Gadget.TYPE, Gadget.of("default-2", "a"));
        client.create(Gadget.TYPE, Gadget.of("a", "z"));
        assertThat(storage.list(ListOptions.prefix(Gadget.TYPE.keyPrefix())).items())
                .extracting(io.k1s.storage.KeyValue::key)
                .containsExactly(
                        "registry/test.k1s.io/gadgets/a/z",
                        "registry/test.k1s.io/gadgets/default-2/a",
                        "registry/test.k1s.io/gadgets/default/b");
    }

    private static void refused(String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }
}
