// SPDX-License-Identifier: Apache-2.0
#include "secrets.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/base/trim.h"

namespace kvs::notify {
namespace {

constexpr size_t kFileBytesMax = 64 << 10;

}  // namespace

Status Secrets::CheckFile(const std::string& path, std::string_view name) const {
  if (dir_.empty())
    return InvalidArgument(name,
                           ": files are not read here; write the value itself, or let the "
                           "operator set secrets.dir");
  // What links lead out of the folder is out of it.
  std::error_code error;
  const std::string root = std::filesystem::weakly_canonical(dir_, error).string();
  const std::string file =
      std::filesystem::weakly_canonical(std::filesystem::path(dir_) / path, error).string();
  if (error || !file.starts_with(root + "/"))
    return InvalidArgument(name, ": only files below secrets.dir are read");
  return OkStatus();
}

StatusOr<std::string> Secrets::File(const Settings& settings, std::string_view name) const {
  const std::string path = settings.Text(name);
  KVS_RETURN_IF_ERROR(CheckFile(path, name));
  std::ifstream in(std::filesystem::path(dir_) / path, std::ios::binary);
  std::string content(kFileBytesMax, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad() || (!in.is_open()))
    return Unavailable(name, ": the file cannot be read").Retryable();
  content.resize(static_cast<size_t>(in.gcount()));
  return std::string(Trimmed(content, " \t\r\n"));
}

StatusOr<std::string> Secrets::Expand(std::string text, std::string_view name) const {
  if (env_prefix_.empty()) {
    if (!text.starts_with("${") || text.find('}') + 1 != text.size()) return text;
    return InvalidArgument(name,
                           ": the environment is not read here; write the value itself, or "
                           "let the operator set secrets.env_prefix");
  }
  std::string out;
  size_t at = 0;
  while (true) {
    const size_t begin = text.find("${", at);
    const size_t end = begin == std::string::npos ? begin : text.find('}', begin);
    if (end == std::string::npos) break;
    const std::string variable = text.substr(begin + 2, end - begin - 2);
    if (!variable.starts_with(env_prefix_))
      return InvalidArgument(name, ": the environment is not read for ", Quote(variable),
                             "; the operator's secrets.env_prefix says for which names it is");
    const char* const value = std::getenv(variable.c_str());
    if (value == nullptr) return InvalidArgument(name, ": there is no variable ", Quote(variable));
    StrAppend(out, text.substr(at, begin - at), value);
    at = end + 1;
  }
  if (at == 0) return text;
  out.append(text, at);
  return out;
}

StatusOr<std::string> Secrets::Get(const Settings& settings, std::string_view name) const {
  if (settings.Has(name)) return Expand(settings.Text(name), name);
  const std::string file = StrCat(name, "_file");
  if (settings.Has(file)) return File(settings, file);
  return std::string();
}

Status Secrets::Check(const Settings& settings, std::string_view name) const {
  if (settings.Has(name)) return Expand(settings.Text(name), name).status();
  const std::string file = StrCat(name, "_file");
  return settings.Has(file) ? CheckFile(settings.Text(file), file) : OkStatus();
}

}  // namespace kvs::notify
