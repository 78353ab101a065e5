package cpsrun

/** The Groovy in our Markdown: indented blocks, as they stand there. */
class Snippets {
    private static final String GROOVY = /(?m)^(@Library|canopy[A-Z]\w*\(|node\b|def |stage\()/

    /** Each block that is Groovy, in order. */
    static List<String> of(File page) {
        List<List<String>> blocks = [[]]
        page.readLines('UTF-8').each { line ->
            if (line.startsWith('    ')) { blocks.last() << line.substring(4) }
            else if (line.trim().isEmpty()) { if (blocks.last()) { blocks.last() << '' } }
            else if (blocks.last()) { blocks << [] }
        }
        return blocks*.join('\n')*.trim().findAll { it.readLines() && (it.readLines()[0] =~ GROOVY).find() }
    }
}
