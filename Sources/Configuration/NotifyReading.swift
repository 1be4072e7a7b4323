import Planning

extension SettingsReading {
  func notification(_ node: Node) -> Settings.Notification? {
    let url = node["url"]?.string.map(Settings.Notification.Address.url)
    let variable = node["url_env"]?.string.map(Settings.Notification.Address.variable)
    guard let address = url ?? variable else { return nil }
    var notification = Settings.Notification(address)
    notification.secretEnv = node["secret_env"]?.string
    notification.moments =
      strings(node["on"])?.compactMap(Settings.Notification.Moment.init) ?? notification.moments
    notification.format =
      node["format"]?.string.flatMap(Settings.Notification.Format.init) ?? .json
    return notification
  }
}
