/// How a text is cleaned before it is cut into words, which differs between the libraries that CLIP was published with.
public enum CLIPTextCleaning: Sendable, Hashable {
    /// As `CLIPTokenizer` of Hugging Face transformers 4 in Python, without the `ftfy` package.
    case transformers
    /// As `open_clip`: with `ftfy`'s repairs but that of mojibake, and with HTML's entities resolved.
    case openCLIP
}
