package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OptionsTest {
    @Test
    void nothingGivenIsTheShortSetInShortForm() {
        Options options = Options.parse("bench=", "rows=", "target=out");

        assertThat(options.bench()).isEqualTo("short");
        assertThat(options.form()).isEqualTo(Form.SHORT);
        assertThat(options.rows()).isEmpty();
        assertThat(options.threadsOr(1, 2)).containsExactly(1, 2);
        assertThat(options.nativeAccess()).isTrue();
        assertThat(options.detailed()).containsExactly(true);
    }

    @Test
    void aSetAloneIsMeasuredInFull() {
        Options options =
                Options.parse("bench=overhead", "threads=2, 8", "native=false", "detailed=both", "processes=60");

        assertThat(options.form()).isEqualTo(Form.FULL);
        assertThat(options.threadsOr(1)).containsExactly(2, 8);
        assertThat(options.nativeAccess()).isFalse();
        assertThat(options.detailed()).containsExactly(true, false);
        assertThat(options.processes()).hasValue(60);
        assertThat(options.json()).isEqualTo(Path.of("target", "overhead.json"));
    }

    @Test
    void smokeGoesToAFolderOfItsOwn() {
        assertThat(Options.parse("bench=core", "form=smoke", "target=out").json())
                .isEqualTo(Path.of("out", "smoke", "core.json"));
    }

    @Test
    void whatIsNotAllowedIsNamedWithWhatIs() {
        assertThatThrownBy(() -> Options.parse("bench=cor"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bench is \"cor\"")
                .hasMessageContaining("overhead");
        assertThatThrownBy(() -> Options.parse("threads=0"))
                .hasMessageContaining("threads is \"0\": allowed is 1 to 64");
        assertThatThrownBy(() -> Options.parse("processes=x")).hasMessageContaining("processes is \"x\"");
        assertThatThrownBy(() -> Options.parse("benhc=core")).hasMessageContaining("\"benhc=core\"");
    }

    @Test
    void whatASetDoesNotReadIsRefused() {
        assertThatThrownBy(() -> Options.parse("bench=core", "processes=60"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("processes is \"60\": allowed with bench core is only [form, native, seed, rows, threads]");
        assertThatThrownBy(() -> Options.parse("bench=footprint", "threads=1"))
                .hasMessageStartingWith("threads is \"1\": allowed with bench footprint is only [form, native, seed]");
        assertThatThrownBy(() -> Options.parse("bench=latency", "threads=1,2"))
                .hasMessageContaining("allowed with bench latency is only [form, native, seed, processes]");
        assertThatThrownBy(() -> Options.parse("rows=memory-raw")).hasMessageContaining("bench short");
        assertThatThrownBy(() -> Options.parse("bench=drain", "processes=60")).hasMessageContaining("bench drain");
        assertThatThrownBy(() -> Options.parse("bench=jmh", "form=smoke")).hasMessageContaining("bench jmh");
        assertThatThrownBy(() -> Options.parse("bench=jmh", "seed=7")).hasMessageContaining("bench jmh");
        assertThatThrownBy(() -> Options.parse("bench=report", "native=false"))
                .hasMessageStartingWith("native is \"false\": allowed with bench report is none of [form, native");
        assertThat(Options.parse("bench=footprint", "threads=", "rows=").bench())
                .isEqualTo("footprint");
    }

    @Test
    void aSetOfTheShortRunGetsWhatItReads() {
        Options options = Options.parse("threads=1", "detailed=false", "processes=3", "seed=7");

        assertThat(Machine.command(options.with("core"))).endsWith(" -Dbench=core -Dform=short -Dthreads=1 -Dseed=7");
        assertThat(Machine.command(options.with("overhead")))
                .endsWith(" -Dform=short -Dthreads=1 -Ddetailed=false -Dprocesses=3 -Dseed=7");
        assertThat(Machine.command(options.with("scaling"))).endsWith(" -Dbench=scaling -Dform=short -Dseed=7");
    }

    @Test
    void aFullRunHasAtLeastAsManyProcessesAsItsIntervalNeeds() {
        assertThatThrownBy(() -> Options.parse("bench=latency", "processes=5"))
                .hasMessageContaining("processes is \"5\": allowed is 6 to 1000");
        assertThat(Options.parse("bench=latency", "processes=6").processes()).hasValue(6);
        assertThat(Options.parse("bench=latency", "form=smoke", "processes=3").processes())
                .hasValue(3);
    }

    @Test
    void aNoteHoldsTheCommandThatRepeatsTheRun() {
        Options options =
                Options.parse("bench=overhead", "rows=memory-raw,rocksdb:get", "threads=1", "seed=7", "native=false");

        assertThat(Machine.command(options))
                .isEqualTo("mvn -pl jmh -am -DskipTests -Pbenchmarks verify -Dbench=overhead"
                        + " -Drows=memory-raw,rocksdb:get -Dthreads=1 -Dnative=false -Dseed=7");
    }

    @Test
    void rowsWithASpaceAreQuotedInTheNote() {
        assertThat(Machine.command(Options.parse("bench=core", "rows=two atomics,Phaser", "seed=7")))
                .contains(" \"-Drows=two atomics,Phaser\" ");
    }
}
