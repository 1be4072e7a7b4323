/// What was typed, checked: every value in it can be read.
public struct Invocation: Sendable {
  var options: [String: [String]] = [:]
  var operands: [String: [String]] = [:]

  public subscript<Value>(option: Option<Value>) -> Value {
    option.reading(options[option.form.name] ?? [])
  }

  public subscript<Value>(operand: Operand<Value>) -> Value {
    guard let value = operand.reading(operands[operand.form.name] ?? []) else {
      preconditionFailure("the command that reads <\(operand.form.name)> does not declare it")
    }
    return value
  }
}
