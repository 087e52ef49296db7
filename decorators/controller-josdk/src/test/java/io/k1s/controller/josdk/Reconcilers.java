package io.k1s.controller.josdk;

import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ContextInitializer;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Reconcilers as users write them. */
final class Reconcilers {
    private Reconcilers() {}

    interface Body {
        UpdateControl<Item> reconcile(Item item) throws Exception;
    }

    /** The least. */
    @ControllerConfiguration(name = "simple")
    static final class Simple implements Reconciler<Item> {
        private final Body body;

        Simple(Body body) {
            this.body = body;
        }

        @Override
        public UpdateControl<Item> reconcile(Item item, Context<Item> context) throws Exception {
            return body.reconcile(item);
        }
    }

    interface Cleanup {
        DeleteControl cleanup(Item item) throws Exception;
    }

    /** With a finalizer. */
    @ControllerConfiguration(name = "cleaning", finalizerName = "shop.example/cleaning")
    static final class Cleaning implements Reconciler<Item>, Cleaner<Item> {
        private final Body body;
        private final Cleanup cleanup;

        Cleaning(Body body, Cleanup cleanup) {
            this.body = body;
            this.cleanup = cleanup;
        }

        @Override
        public UpdateControl<Item> reconcile(Item item, Context<Item> context) throws Exception {
            return body.reconcile(item);
        }

        @Override
        public DeleteControl cleanup(Item item, Context<Item> context) throws Exception {
            return cleanup.cleanup(item);
        }
    }

    /** Everything that the SDK asks a reconciler for; fails twice, and writes down what it was asked. */
    @ControllerConfiguration(name = "full", finalizerName = "shop.example/full")
    @GradualRetry(maxAttempts = 3, initialInterval = 1)
    static final class Full implements Reconciler<Item>, Cleaner<Item>, ContextInitializer<Item> {
        final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        public List<EventSource<?, Item>> prepareEventSources(EventSourceContext<Item> context) {
            calls.add("event sources of " + context.getControllerConfiguration().getName());
            return List.of();
        }

        @Override
        public void initContext(Item item, Context<Item> context) {
            calls.add("context");
        }

        @Override
        public UpdateControl<Item> reconcile(Item item, Context<Item> context) {
            int attempt =
                    context.getRetryInfo().map(retry -> retry.getAttemptCount()).orElse(0);
            calls.add("reconcile, attempt " + attempt + ", finalizers " + item.getFinalizers());
            if (attempt < 2) {
                throw new IllegalStateException("not yet");
            }
            return UpdateControl.patchStatus(item.available("yes"));
        }

        @Override
        public ErrorStatusUpdateControl<Item> updateErrorStatus(Item item, Context<Item> context, Exception e) {
            calls.add("error status for " + e.getMessage());
            return ErrorStatusUpdateControl.defaultErrorProcessing();
        }

        @Override
        public DeleteControl cleanup(Item item, Context<Item> context) {
            calls.add("cleanup");
            return DeleteControl.defaultDelete();
        }
    }
}
