use auditor_runtime::ErrorKind;

#[derive(Debug, ErrorKind)]
struct NotAnEnum;

#[derive(Debug, ErrorKind)]
enum WithoutStatus {
    InvalidInput,
}

#[derive(Debug, ErrorKind)]
enum WrongStatus {
    #[kind(status = 200)]
    Fine,
}

#[derive(Debug, ErrorKind)]
enum EqualCodes {
    #[kind(status = 400)]
    NotFound,
    #[kind(status = 404, code = "not-found")]
    Gone,
}

#[derive(Debug, ErrorKind)]
enum WrongCode {
    #[kind(status = 400, code = "Not_Found")]
    NotFound,
}

#[derive(Debug, ErrorKind)]
enum CrowdedFrom {
    #[kind(status = 503)]
    Storage(#[from] std::io::Error, u8),
}

fn main() {}
