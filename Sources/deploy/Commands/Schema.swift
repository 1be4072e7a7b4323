import Arguments
import Configuration

let schemaCommand = Command<Context>(
  "schema", "print the JSON Schema of deploy.json, for editors",
  discussion: """
      deploy schema > deploy.schema.json

    Then `"$schema": "./deploy.schema.json"` in deploy.json makes editors complete and check it.
    """,
  section: "help", options: [SchemaOptions.recipe]
) { invocation, context in
  let schema = Schema.jsonSchema(for: invocation[SchemaOptions.recipe] ? .recipe : .top)
  // A schema is JSON already: with --json it is the same.
  context.console.print(Text(schema.droppingLastNewline))
}

enum SchemaOptions {
  static let recipe = Option<Bool>("recipe", "the schema of a recipe instead")
}
