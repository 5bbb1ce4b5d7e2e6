package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.config.LibpqParameters.Described;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every parameter of libpq's list (PostgreSQL 18, 32.1.2) works, or has no effect and is named, or is refused with a reason. */
class LibpqParametersTest {
    private static final Pattern ROW = Pattern.compile("^\\| `([a-z_]+)` \\| ([^|]+) \\| (.*) \\|$");

    private static final List<String> LIBPQ = List.of(
            "host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout",
            "client_encoding options application_name fallback_application_name keepalives keepalives_idle",
            "keepalives_interval keepalives_count tcp_user_timeout replication gssencmode sslmode sslnegotiation",
            "sslcompression sslcert sslkey sslkeylogfile sslpassword sslcertmode sslrootcert sslcrl sslcrldir sslsni",
            "requirepeer ssl_min_protocol_version ssl_max_protocol_version min_protocol_version max_protocol_version",
            "krbsrvname gsslib gssdelegation scram_client_key scram_server_key service servicefile",
            "target_session_attrs load_balance_hosts oauth_issuer oauth_client_id oauth_client_secret oauth_scope");

    @Test
    void libpqsWholeList_isKnown() {
        for (String line : LIBPQ) {
            assertThat(LibpqParameters.described()).containsKeys(line.split(" "));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "channel_binding=require,channelBinding,require",
        "gssencmode=disable,gssEncMode,disable",
        "require_auth=scram-sha-256,requireAuth,scram-sha-256",
        "sslnegotiation=direct,sslNegotiation,direct",
        "keepalives=1,tcpKeepAlive,true",
        "keepalives=0,tcpKeepAlive,false",
        "krbsrvname=pg,kerberosServerName,pg",
        "gsslib=gssapi,gsslib,gssapi",
        "connect_timeout=0,connectTimeout,0",
        "fallback_application_name=psql,ApplicationName,psql",
        "fallback_application_name=psql&application_name=shop,ApplicationName,shop"
    })
    void parameters_thatWork(String parameters, String property, String value) {
        assertThat(Given.url("postgresql://u@h/d?" + parameters).read().server().driver())
                .containsEntry(property, value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "client_encoding=auto",
                "keepalives_idle=30",
                "keepalives_interval=10",
                "keepalives_count=3",
                "tcp_user_timeout=9000",
                "sslcompression=0",
                "sslsni=1",
                "load_balance_hosts=random",
                "gssdelegation=0",
                "sslcertmode=allow",
                "ssl_min_protocol_version=TLSv1.2",
                "max_protocol_version=latest",
                "pgbouncer=false",
                "schema=public"
            })
    void parameters_withoutEffect_changeNothing(String parameter) {
        Map<String, String> without =
                Given.url("postgresql://u@h/d").read().server().driver();
        assertThat(Given.url("postgresql://u@h/d?" + parameter).read().server().driver())
                .isEqualTo(without);
        assertThat(unused("postgresql://u@h/d?" + parameter))
                .singleElement()
                .asString()
                .startsWith(parameter.substring(0, parameter.indexOf('=')) + ": ");
    }

    private static List<String> unused(String url) {
        ConnectionUrl read = ConnectionUrl.parse(url, new Problems());
        assertThat(read).isNotNull();
        return read == null ? List.of() : read.unused();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hostaddr=10.0.0.1 | give the address as the host",
                "passfile=/root/.pgpass | walwire.password",
                "service=shop | walwire.url",
                "sslcrl=/crl.pem | revocation",
                "sslcrldir=/crl | revocation",
                "sslcertmode=require | certificate",
                "sslrootcert=system | sslfactory",
                "requirepeer=postgres | owns the server's process",
                "ssl_min_protocol_version=TLSv1.3 | jdk.tls.client.protocols",
                "min_protocol_version=3.2 | 3.0",
                "gssdelegation=1 | credentials",
                "scram_client_key=abc | password",
                "oauth_issuer=https://x | OAuth",
                "pgbouncer=true | replication does not work through a pooler",
                "sslaccept=strict | sslmode=verify-full",
                "channel_binding=required | it must be disable, prefer or require",
                "require_auth=scram | scram-sha-256",
                "keepalives=yes | it must be 0 or 1"
            })
    void parameters_thatAreRefused(String parameter, String reason) {
        assertThat(Given.url("postgresql://u@h/d?" + parameter).problems())
                .singleElement()
                .asString()
                .contains("parameter " + parameter.substring(0, parameter.indexOf('=')), reason);
    }

    @Test
    void emptyValues_andEmptyQueries_areNoError() {
        for (String query : List.of("", "&", "sslmode=", "sslmode=require&", "hostaddr=&sslcrl=&options=", "user=")) {
            assertThat(Given.url("postgresql://u@h/d?" + query).read().server().display())
                    .isEqualTo("d@h:5432");
        }
    }

    @Test
    void unixSocket_withChannelBindingRequired_isRefused() {
        assertThat(Given.url("postgresql:///d?host=/tmp&user=u&channel_binding=require")
                        .problems())
                .singleElement()
                .asString()
                .contains("channelBinding", "encrypts nothing");
    }

    /** What the document says is what happens; the failure shows the rows that it should have. */
    @Test
    void document_listsEveryParameter() throws IOException {
        Map<String, String> documented = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("docs/urls.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                documented.put(row.group(1), row.group(2) + " | " + row.group(3));
            }
        }
        Map<String, String> expected = new TreeMap<>();
        LibpqParameters.described().forEach((name, each) -> expected.put(name, row(each)));
        assertThat(documented)
                .as(expected.entrySet().stream()
                        .map(each -> "| `" + each.getKey() + "` | " + each.getValue() + " |")
                        .reduce("", (all, row) -> all + "\n" + row))
                .isEqualTo(expected);
    }

    private static String row(Described each) {
        return each.effect() + " | " + each.what();
    }
}
