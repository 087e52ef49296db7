package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    login password=hunter2 as root              | login password=*** as root
                    DB_PASSWORD: hunter2                        | DB_PASSWORD: ***
                    {"token":"abc.def","n":1}                   | {"token":***,"n":1}
                    {'client_secret' : 'a b c'}                 | {'client_secret' : ***}
                    ?api_key=12345&page=2                       | ?api_key=***&page=2
                    accessKey=AKIA, region=eu                   | accessKey=***, region=eu
                    Authorization: Bearer eyJhbGciOi.J9-x_y     | Authorization: Bearer ***
                    proxy said Basic dXNlcjpwYXNz and left      | proxy said Basic *** and left
                    put jdbc:pg://root:hunter2@db:5432/shop     | put jdbc:pg://***@db:5432/shop
                    put https://admin:p@ss@db/shop, 1@2         | put https://***@db/shop, 1@2
                    {"password":"ab\\"cd","n":1}                | {"password":***,"n":1}
                    {'password':'ab\\'cd','n':1}                | {'password':***,'n':1}
                    password="never closed                      | password=***
                    password="ends in \\                        | password=***
                    """)
    void credentialsInDescriptionsAreMasked(String description, String shown) {
        assertThat(WorkMetrics.create("jobs").startWork(description).description())
                .isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "import",
                "import laptops.yaml",
                "basic import",
                "token bucket: full",
                "http://host/path@2x",
                "revision=7",
                "user@example.org: mail"
            })
    void whatIsNoCredentialIsLeftAlone(String text) {
        assertThat(Printable.masked(text)).isEqualTo(text);
    }

    @Test
    void halfACredentialAtTheEndOfWhatIsReadIsMaskedToo() {
        String token = "Authorization: Bearer " + "x".repeat(4 * Printable.MAX_LENGTH - 47);

        assertThat(Printable.masked(token + " for https://admin:S3cretPassword@db/shop"))
                .isEqualTo("Authorization: Bearer *** for https://***");
        assertThat(Printable.masked(token + " and then again Bearer abcdefghijklmnop"))
                .isEqualTo("Authorization: Bearer *** and then again Bearer ***");
        assertThat(Printable.masked(token + " for https://admin:p@ssword" + "x".repeat(40) + "@db/shop"))
                .isEqualTo("Authorization: Bearer *** for https://***");
    }

    @Test
    void aPasswordThatEndsInABackslashUncoversNoOther() {
        assertThat(Printable.masked("login password=\"abc\\\" token=\"hunter2\""))
                .doesNotContain("abc", "hunter2");
    }

    @Test
    void hugeTextsAreMaskedInNoTime() {
        String huge = "password=" + "x=".repeat(1_000_000);

        assertThat(Printable.masked(huge)).isEqualTo("password=***");
        assertThat(Printable.masked("passwordpassword".repeat(100_000) + "=").length())
                .isEqualTo(Printable.MAX_LENGTH);
    }
}
