package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGProperty;

class ConnectionUrlTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "postgresql://u@localhost:5433/shop | shop@localhost:5433",
                "postgres://u@db.example.com/shop | shop@db.example.com:5432",
                "jdbc:postgresql://u@h:1/shop | shop@h:1",
                "postgresql://u@h1:5432,h2/shop | shop@h1:5432,h2:5432",
                "postgresql://u@h1,h2:7/shop?port=6 | shop@h1:6,h2:7",
                "postgresql://u@[::1]:5433/shop | shop@[::1]:5433",
                "postgresql://u@[2001:db8::1],h/shop | shop@[2001:db8::1]:5432,h:5432",
                "postgresql://u@[fe80::1%25eth0]/shop | shop@[fe80::1%eth0]:5432",
                "postgresql:///shop?user=u | shop@localhost:5432",
                "postgresql://u@/shop | shop@localhost:5432",
                "postgresql://u@:5433/shop | shop@localhost:5433",
                "postgresql:///?user=u&dbname=shop | shop@localhost:5432",
                "postgresql://?user=u&dbname=shop | shop@localhost:5432",
                "postgresql://u@h?dbname=shop | shop@h:5432",
                "postgresql://u@/shop?host=h1,h2&port=1,2 | shop@h1:1,h2:2",
                "postgresql://u@/shop?host=h1,h2&port=1 | shop@h1:1,h2:1",
                "postgresql://u@/shop?host=h1:9 | shop@h1:9",
                "postgresql:///shop?host=/var/run/postgresql&user=u | shop@/var/run/postgresql/.s.PGSQL.5432",
                "postgresql://u@/shop?host=/tmp/&port=6 | shop@/tmp/.s.PGSQL.6",
                "postgresql://u@/shop?host=/tmp/a:b:6 | shop@/tmp/a:b/.s.PGSQL.6",
                "postgresql://u@/shop?host=/tmp/a:b | shop@/tmp/a:b/.s.PGSQL.5432",
                "postgresql://u@%2Fvar%2Frun%2Fpostgresql/shop | shop@/var/run/postgresql/.s.PGSQL.5432",
                "postgresql://u@%2Ftmp%2Fa%2Cb:5433/shop | shop@/tmp/a,b/.s.PGSQL.5433",
                "postgresql://u@%64b/a%2Fb%20c+d | a/b c+d@db:5432",
                "jdbc:postgresql://u@h/a+b%2Bc | a b+c@h:5432"
            })
    void url_toServer(String url, String display) {
        assertThat(Given.url(url).read().server().display()).isEqualTo(display);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "postgresql://u@h/d | u | ",
                "postgresql://u:p@h/d | u | p",
                "postgresql://u:p:q:r@h/d | u | p:q:r",
                "postgresql://u:p@q@h/d | u | p@q",
                "postgresql://u:#p+%3F%2f%40@h/d | u | #p+?/@",
                "postgresql://a%3Ab%40c:%25@h/d | a:b@c | %",
                "postgresql://u:@h/d | u | ",
                "postgresql://h/d?user=u&password=p%26q@r | u | p&q@r",
                "jdbc:postgresql://h/d?user=u&password=a+b%2B | u | a b+",
                "jdbc:postgresql://u:a+b@h/d | u | a+b"
            })
    void url_toCredentials(String url, String user, String password) {
        assertThat(Given.url(url).read().server().credentials()).isEqualTo(new Credentials(user, password));
    }

    @ParameterizedTest
    @CsvSource({
        "sslmode=require,sslmode,require",
        "sslpassword=x,sslpassword,x",
        "application_name=my%20app,ApplicationName,my app",
        "ApplicationName=a,ApplicationName,a",
        "connect_timeout=7,connectTimeout,7",
        "target_session_attrs=any,targetServerType,any",
        "target_session_attrs=read-write,targetServerType,primary",
        "target_session_attrs=primary,targetServerType,primary",
        "target_session_attrs=read-only,targetServerType,secondary",
        "target_session_attrs=standby,targetServerType,secondary",
        "target_session_attrs=prefer-standby,targetServerType,preferSecondary",
        "options=-c%20statement_timeout%3D5s,options,-c statement_timeout=5s",
        "tcpKeepAlive=true,tcpKeepAlive,true",
        "socketTimeout=30,socketTimeout,30"
    })
    void query_toDriver(String parameter, String name, String value) {
        assertThat(Given.url("postgresql://u@h/d?" + parameter).read().server().driver())
                .containsEntry(name, value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mysql://u@h/d | it must begin with postgresql://, postgres:// or jdbc:postgresql://",
                "h:5432/d | it must begin with",
                "jdbc:postgresql:d | it must begin with",
                "postgresql://u@h:x/d | a port is a whole number from 1 to 65535",
                "postgresql://u@h:0/d | a port is a whole number",
                "postgresql://u@h:123456/d | a port is a whole number",
                "postgresql://u@h:/d | a port is a whole number",
                "postgresql://u@h1,,h2/d | host 2: the host is empty",
                "postgresql://u@h1,h1/d | host 2: it is repeated",
                "postgresql://u@h1,h2:x/d | host 2: a port is",
                "postgresql://u@::1/d | an IPv6 address is written in brackets",
                "postgresql://u@[::1/d | the bracket [ is never closed",
                "postgresql://u@[h]/d | the text in brackets is not an IPv6 address",
                "postgresql://u@[::1]x/d | the host contains a character that is not allowed in a host name",
                "postgresql://u@h%20x/d | the host contains a character that is not allowed in a host name",
                "postgresql://u@h%zz/d | the host has a % without two hexadecimal digits",
                "postgresql://u@/d?host=@walwire | abstract unix-domain sockets are not supported",
                "postgresql://u@/d?host=/tmp/.s.PGSQL.5432 | give the folder that it is in, and its port",
                "jdbc:postgresql://u@%2Fvar%2Frun/d | a jdbc: URL cannot name a unix-domain socket; write postgresql:///d",
                "postgresql://u@h/d/e | more than one path segment",
                "postgresql://u@h/d/ | more than one path segment",
                "postgresql://u@h/d%C3 | the database has percent-encoded bytes that are not UTF-8",
                "postgresql://u%@h/d | the user has a % without",
                "postgresql://u:%1@h/d | the password has a % without",
                "postgresql://u@h/d@e | an @ comes after the first /",
                "postgresql://u@h/d?host=x | parameter host is given twice, before the ? and after it",
                "postgresql://u@h/d?user=x | parameter user is given twice, before the ? and after it",
                "postgresql://u@h/d?dbname=x | parameter dbname is given twice, before the ? and after it",
                "postgresql://u@h:1/d?port=2 | parameter port: every host already has a port",
                "postgresql://u@h1,h2/d?port=1,2,3 | parameter port: 3 ports for 2 hosts",
                "postgresql://u@h/d?port=x | parameter port: a port is a whole number",
                "postgresql://u@h/d?sslmod=require | parameter sslmod is unknown. Did you mean sslmode?",
                "postgresql://u@h/d?sslmode=requir | parameter sslmode: it must be disable, allow, prefer, require, verify-ca or verify-full. Did you mean require?",
                "postgresql://u@h/d?sslmode=%20 | parameter sslmode is blank",
                "postgresql://u@h/d?sslmode=allow&sslmode=allow | parameter sslmode repeats another",
                "postgresql://u@h/d?application_name=a&ApplicationName=b | parameter ApplicationName repeats another",
                "postgresql://u@h/d?connect_timeout=soon | parameter connect_timeout: it must be a whole number",
                "postgresql://u@h/d?target_session_attrs=primry | Did you mean primary?",
                "postgresql://u@h/d?sslmode | a parameter is not of the form name=value",
                "postgresql://u@h/d?sslmode=%1 | a parameter has a % without",
                "postgresql://u@h/d?replication=database | parameter replication cannot be given: Walwire sets it itself",
                "postgresql://u@h/d?PGHOST=x | parameter PGHOST cannot be given: use walwire.host"
            })
    void url_faults(String url, String fault) {
        assertThat(Given.url(url).problems()).singleElement().satisfies(problem -> assertThat(problem)
                .startsWith("walwire.url is \"" + MaskedUrl.of(url) + "\": ")
                .contains(fault));
    }

    @Test
    void url_reportsEveryFault() {
        assertThat(Given.url("postgresql://u%@h:x/d/e?sslmod=a&replication=b").problems())
                .hasSize(5);
    }

    @Test
    void url_withoutDatabase() {
        assertThat(Given.url("postgresql://u@h").problems())
                .containsExactly("walwire.database is missing; give it, or end walwire.url with /database");
        assertThat(Given.url("postgresql://u@h")
                        .with("database", "d")
                        .read()
                        .server()
                        .display())
                .isEqualTo("d@h:5432");
    }

    @Test
    void url_withoutUser() {
        assertThat(Given.url("postgresql://h/d").problems())
                .singleElement()
                .asString()
                .startsWith("walwire.user is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres://u:s3@h:x/d", "jdbc:postgresql://u:s3@h:x/d?a=b", "u:s3@h/d?password=s3&a=s3"})
    void masked_keepsTheRestReadable(String url) {
        assertThat(MaskedUrl.of(url)).doesNotContain("s3").contains("u:***@h");
    }

    @Test
    void masked_withoutPassword() {
        String url = "postgresql://u@h:x/d?sslmode=no";
        assertThat(MaskedUrl.of(url)).isEqualTo(url);
    }

    @Test
    void everyDriverProperty_isEitherAcceptedOrRefusedWithAReason() {
        List<String> unknown = Arrays.stream(PGProperty.values())
                .map(PGProperty::getName)
                .filter(name -> !DriverProperties.NAMES.contains(name) && DriverProperties.refusal(name) == null)
                .toList();
        assertThat(unknown).isEmpty();
        assertThat(DriverProperties.NAMES).contains("sslmode", "options").doesNotContain("user", "replication");
    }
}
