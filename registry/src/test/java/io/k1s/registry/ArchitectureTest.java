package io.k1s.registry;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What no reviewer should have to look for. */
@AnalyzeClasses(
        packages = {"io.k1s.metrics", "io.k1s.registry"},
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule dependenciesPointOneWay = noClasses()
            .that()
            .resideInAPackage("io.k1s.metrics..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.k1s.registry..");

    @ArchTest
    static final ArchRule theCoreDependsOnTheJdkAlone = classes()
            .that()
            .resideInAPackage("io.k1s.metrics..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.k1s.metrics..", "java.lang..", "java.util..", "java.time..", "java.io..", "org.jspecify..");

    @ArchTest
    static final ArchRule theRegistryDependsOnTheCoreAndTheLogAlone = classes()
            .that()
            .resideInAPackage("io.k1s.registry..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.k1s..", "java..", "org.slf4j..", "org.jspecify..");

    @ArchTest
    static final ArchRule onlyTheProcessExitsAndHalts = noClasses()
            .that()
            .doNotHaveSimpleName("JvmProcess")
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class);

    @ArchTest
    static final ArchRule timeIsMonotonic = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Instant")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Clock");

    @ArchTest
    static final ArchRule nothingSleeps = noClasses()
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", long.class, int.class);

    /** Their sum is no count at any moment, so nothing may be drained by it. */
    @ArchTest
    static final ArchRule nothingCountsByAdders =
            noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.util.concurrent.atomic.LongAdder");

    /** Weaker accesses have an argument of their own, and stand where it stands. */
    @ArchTest
    static final ArchRule weakAccessesAreThoseOfStripesAlone = noClasses()
            .that()
            .resideInAPackage("io.k1s.metrics..")
            .and()
            .doNotHaveSimpleName("Stripe")
            .and()
            .doNotHaveSimpleName("Ledger")
            .should()
            .callMethodWhere(com.tngtech.archunit.core.domain.JavaCall.Predicates.target(
                    com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching(
                            ".*(Acquire|Release|Opaque|Plain)")));
}
