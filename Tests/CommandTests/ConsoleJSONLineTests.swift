import Testing

@testable import deploy

struct ConsoleJSONLineTests {
  @Test func keysKeepTheirOrder() {
    let line: JSONLine = [
      "zebra": 1, "apple": [true, nil, -2, 1.5], "nested": ["b": "x", "a": []], "empty": [:],
    ]
    #expect(
      line.text == #"{"zebra":1,"apple":[true,null,-2,1.5],"nested":{"b":"x","a":[]},"empty":{}}"#)
  }

  @Test(arguments: [
    ("plain", #""plain""#), ("a\"b\\c", #""a\"b\\c""#), ("\n\r\t\0", #""\n\r\t\u0000""#),
    ("\u{1b}[0m", #""\u001b[0m""#), ("\u{9b}\u{7f}", #""\u009b\u007f""#),
    ("\u{2028}\u{202e}", #""\u2028\u202e""#), ("\u{e0041}", #""\udb40\udc41""#),
    ("grüße 日本 👍", #""grüße 日本 👍""#), ("##vso[x]", ##""#\u0023vso[x]""##), ("a#b", #""a#b""#),
    ("a/b", #""a/b""#),
  ])
  func strings(value: String, written: String) {
    #expect(JSONLine.string(value).text == written)
  }

  @Test(arguments: [
    (0.0, "0.0"), (-0.5, "-0.5"), (1e300, "1e+300"), (.infinity, "null"), (.nan, "null"),
  ])
  func numbers(value: Double, written: String) {
    #expect(JSONLine.number(value).text == written)
  }

  @Test func optionalsAreNull() {
    #expect(JSONLine(String?.none).text == "null")
    #expect(JSONLine(Int?.some(41)).text == "41")
  }
}
