/// The shell text of the rules that hold wherever data is kept: on a host below `shared/`, in a container
/// on a volume. How names travel, how a file gets to its place, and what is seeded.
public enum SharedRules {
  public static let text: [UInt8] = ["Names.sh", "Plant.sh", "Seed.sh"].flatMap { name in
    EmbeddedFiles.all.first { $0.path == name }?.bytes ?? []
  }
}
