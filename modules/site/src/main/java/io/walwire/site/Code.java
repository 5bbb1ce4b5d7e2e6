package io.walwire.site;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Code as HTML, with comments, strings, keywords and names of keys in elements of their own. */
final class Code {
    private static final String STRING = "(?<string>\"(?:\\\\.|[^\"\\\\\\n])*\")";
    private static final String NUMBER = "(?<number>\\b\\d[\\d_.]*[A-Za-z]?\\b)";
    private static final String JAVA = "(?<comment>//[^\\n]*|/\\*.*?\\*/)|" + STRING
            + "|(?<name>@\\w+)|(?<keyword>\\b(?:abstract|boolean|break|byte|case|catch|char|class|const|continue|default|do|double|else"
            + "|enum|extends|final|finally|float|for|if|implements|import|instanceof|int|interface|long|new|null|package|private"
            + "|protected|public|record|return|sealed|short|static|super|switch|synchronized|this|throw|throws|true|false|try|var|void"
            + "|volatile|while)\\b)|" + NUMBER;
    private static final String SQL =
            "(?<comment>--[^\\n]*)|(?<string>'(?:''|[^'])*')|(?<keyword>\\b(?:ADD|ALTER|AND|AS|BEGIN|BY|COMMIT"
                    + "|CREATE|DATABASE|DEFAULT|DELETE|DROP|EXISTS|FOR|FROM|FULL|GRANT|IDENTITY|IF|IN|INSERT|INTO|IS|JOIN|KEY|LEFT|LOGIN|NOT|NULL"
                    + "|ON|OR|ORDER|PRIMARY|PUBLICATION|REFERENCES|REPLICA|REPLICATION|REVOKE|ROLE|ROLLBACK|SELECT|SET|SYSTEM|TABLE|TO|UPDATE"
                    + "|VALUES|WHERE|WITH)\\b)|" + NUMBER;
    private static final String SHELL = "(?<comment>(?<=^|\\s)\\#[^\\n]*)|" + STRING
            + "|(?<name>(?<=^|\\s)--?[a-zA-Z][\\w-]*)|(?<keyword>^(?:bin/walwire|mvn|psql|java|jstack|grep|curl|git|kafka-[\\w-]+\\.sh)\\b)";
    private static final String PROPERTIES =
            "(?<comment>^\\s*\\#[^\\n]*)|(?<name>^\\s*[\\w.-]+(?=\\s*[=:]))|(?<string>\\$\\{[^}]*})";
    private static final String XML = "(?<comment><!--.*?-->)|(?<keyword></?[\\w.:-]+|/?>)|" + STRING;
    private static final String JSON =
            "(?<name>\"(?:\\\\.|[^\"\\\\])*\"(?=\\s*:))|" + STRING + "|(?<keyword>\\b(?:true|false|null)\\b)|" + NUMBER;
    private static final Map<String, Pattern> LANGUAGES = Map.ofEntries(
            Map.entry("java", compiled(JAVA)),
            Map.entry("sql", compiled(SQL)),
            Map.entry("sh", compiled(SHELL)),
            Map.entry("", compiled(SHELL)),
            Map.entry("properties", compiled(PROPERTIES)),
            Map.entry("yaml", compiled(PROPERTIES)),
            Map.entry("yml", compiled(PROPERTIES)),
            Map.entry("xml", compiled(XML)),
            Map.entry("html", compiled(XML)),
            Map.entry("json", compiled(JSON)));
    private static final String[] KINDS = {"comment", "string", "name", "keyword", "number"};

    private Code() {}

    private static Pattern compiled(String pattern) {
        return Pattern.compile(pattern, Pattern.MULTILINE | Pattern.DOTALL);
    }

    /**
     * A block of code.
     *
     * @param language as in the document; an unknown one is plain text
     * @param code its text
     */
    static String block(String language, String code) {
        String name = language.toLowerCase(Locale.ROOT);
        return "<pre tabindex=\"0\"><code class=\"language-" + (name.isEmpty() ? "text" : escaped(name)) + "\">"
                + marked(LANGUAGES.get(name), code) + "</code></pre>";
    }

    private static String marked(@Nullable Pattern language, String code) {
        if (language == null) {
            return escaped(code);
        }
        StringBuilder html = new StringBuilder();
        Matcher token = language.matcher(code);
        int end = 0;
        while (token.find()) {
            html.append(escaped(code.substring(end, token.start())))
                    .append("<span class=\"")
                    .append(kind(token))
                    .append("\">")
                    .append(escaped(token.group()))
                    .append("</span>");
            end = token.end();
        }
        return html.append(escaped(code.substring(end))).toString();
    }

    private static String kind(Matcher token) {
        for (String kind : KINDS) {
            if (token.pattern().pattern().contains("(?<" + kind + ">") && token.group(kind) != null) {
                return kind;
            }
        }
        throw new IllegalStateException("A token of no kind: " + token.group());
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
