import Operations

/// The runtime a session starts with. Debug builds can make an agent die on purpose at a named point.
enum FaultInjection {
  static func runtime(_ context: Context) -> [UInt8] {
    #if DEBUG
    if let fault = context.environment["DEPLOY_TEST_FAULT"] {
      return AgentRuntime.text(withFault: fault)
    }
    #endif
    return AgentRuntime.text
  }
}
