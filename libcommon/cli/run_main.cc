// SPDX-License-Identifier: Apache-2.0
#include "cli/run_main.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <thread>

#include "cli/sandbox.h"
#include "io/json_text.h"
#include "io/spool.h"

namespace mltat {
namespace {

struct CommonOptions {
  std::string output = "-";
  std::uint64_t threads = 0;
  bool quiet = false;
  bool verbose = false;
  std::string progress = "auto";
  std::string stats;
  bool line_buffered = false;
  std::string sandbox = MLTAT_SANDBOX;
  Nanos rotate = 0;
  std::string schema;  ///< form to print, empty: run
};

Options common_options(CommonOptions& common, const ToolSpec& spec, bool has_schema) {
  Options options;
  options.push_back(writes(text("-o,--output", "FILE", common.output, "write data to FILE, complete or not at all")));
  options.push_back(count("-j,--threads", "N", common.threads, "threads to use, 0 for one a processor"));
  options.push_back(flag("-q,--quiet", common.quiet, "no warnings"));
  options.push_back(flag("-v,--verbose", common.verbose, "a summary on standard error"));
  options.push_back(choice("--progress", common.progress, {"auto", "always", "never"}, "show a progress line"));
  options.push_back(writes(text("--stats", "FILE", common.stats, "write counters to FILE: JSON, or .prom for Prometheus")));
  options.push_back(flag("--line-buffered", common.line_buffered, "write each row at once"));
  options.push_back(choice("--sandbox", common.sandbox, {"auto", "require", "off"},
                           "deny the run all files but those named here, where the kernel can"));
  if (spec.rotates)
    options.push_back(
        duration("--rotate", common.rotate, "a file for each TIME of packets, -o being a strftime pattern"));
  if (has_schema)
    options.push_back(choice("--print-schema", common.schema, kSchemaForms,
                             "print what the rows of this command line hold: for a validator, a database, jq"));
  return options;
}

/// Feeds the option records to the parser. Values are stored after parsing, so that an error in one is told with
/// the option's name.
class CommandLine {
 public:
  CommandLine(const ToolSpec& spec, const Options& options, Inputs& inputs) : options_(options), app_(spec.summary) {
    app_.name(spec.name);
    app_.set_help_flag("-h,--help", "this help");
    for (const Option& option : options_)
      add(option);
    if (!spec.input_help.empty()) app_.add_option("FILE", inputs, spec.input_help)->type_name("");
    app_.add_flag("-V,--version", version, "the version");
    app_.add_flag("--dump-options", dump, "")->group("");
  }

  void parse(int argc, char** argv) { app_.parse(argc, argv); }

  /// Nothing is left over; where something that is required is missing, parse() does not come to that.
  bool is_understood() const { return app_.remaining_size() == 0; }

  void store() const {
    for (std::size_t i = 0; i < options_.size(); ++i) {
      const Option& option = options_[i];
      const CLI::Option* parsed = parsed_[i];
      try {
        if (option.value.empty()) {
          if (parsed->count() > 0) option.store("");
          continue;
        }
        for (const std::string& value : parsed->results())
          option.store(value);
      } catch (const Error& error) {
        throw Error(error.code(), longest_name(option) + ": " + error.what());
      }
    }
  }

  /// use(what for, path) for each path that an option was given.
  template <class Use>
  void for_each_path(Use use) const {
    for (std::size_t i = 0; i < options_.size(); ++i)
      if (options_[i].path_use != PathUse::none)
        for (const std::string& path : parsed_[i]->results())
          use(options_[i].path_use, path);
  }

  std::string help() const { return app_.help(); }

  /// One JSON object a line: the source of completions and of the check against the man pages.
  static std::string dump_text(const Options& options) {
    std::string out;
    for (const Option& option : options) {
      out += "{\"names\":";
      append_json_string(out, option.names);
      out += ",\"value\":";
      append_json_string(out, option.value);
      out += ",\"choices\":[";
      for (std::size_t i = 0; i < option.choices.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, option.choices[i]);
      }
      out += option.path_use == PathUse::none ? "],\"path\":false" : "],\"path\":true";
      out += ",\"default\":";
      append_json_string(out, option.fallback);
      out += ",\"help\":";
      append_json_string(out, option.help);
      out += "}\n";
    }
    return out;
  }

  bool version = false;
  bool dump = false;

 private:
  static std::string longest_name(const Option& option) {
    const std::size_t dashes = option.names.find("--");
    return dashes == std::string::npos ? option.names : option.names.substr(dashes);
  }

  void add(const Option& option) {
    CLI::Option* parsed = nullptr;
    if (option.value.empty()) {
      parsed = app_.add_flag(option.names, option.help)->disable_flag_override();
    } else {
      parsed = app_.add_option(option.names, option.help);
      std::string type = option.choices.empty() ? option.value : CLI::detail::join(option.choices, "|");
      if (!option.fallback.empty()) type += " [" + option.fallback + "]";
      parsed->type_name(type)->type_size(1);
      if (option.repeatable)
        parsed->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      else
        parsed->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
      if (!option.choices.empty()) parsed->check(one_of(option.choices));
      if (option.required) parsed->required();
    }
    parsed_.push_back(parsed);
  }

  static CLI::Validator one_of(std::vector<std::string> choices) {
    return CLI::Validator(
        [choices = std::move(choices)](std::string& value) {
          if (std::find(choices.begin(), choices.end(), value) != choices.end()) return std::string();
          return "\"" + value + "\" is none of " + CLI::detail::join(choices, ", ");
        },
        "");
  }

  const Options& options_;
  CLI::App app_;
  std::vector<CLI::Option*> parsed_;
};

/// A terminated run must not leave half a result that looks whole: the temporary file goes, then the signal has
/// its way.
void on_signal(int signal_number) {
  remove_temporary_files();
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

std::atomic<bool> hung_up = false;
std::atomic<bool> stopped = false;
std::atomic<bool> counts_wanted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

void on_hangup(int) {
  hung_up = true;
}

/// Who asks twice does not want to wait.
void on_stop(int signal_number) {
  if (stopped.exchange(true)) on_signal(signal_number);
}

void on_counts_wanted(int) {
  counts_wanted = true;
}

void install_signal_handlers(const ToolSpec& spec, bool is_live) {
  const auto install = [](int signal_number, void (*handler)(int)) {
    struct sigaction present {};
    sigaction(signal_number, nullptr, &present);
    if (present.sa_handler != SIG_DFL) return;  // what the parent ignores stays ignored
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = handler == on_signal ? 0 : SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, nullptr);
  };
  install(SIGINT, is_live ? on_stop : on_signal);
  install(SIGTERM, is_live ? on_stop : on_signal);
  install(SIGHUP, spec.takes_hangup ? on_hangup : on_signal);
  install(SIGPIPE, on_signal);
  if (is_live) install(SIGUSR1, on_counts_wanted);
}

std::string version_text(const ToolSpec& spec) {
  std::string out = spec.name + " (mltat) " MLTAT_VERSION "\n";
  for (const std::string& line : spec.versions)
    out += line + "\n";
  return out;
}

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string usage_text(double wall_s) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  char line[128];
  std::snprintf(line, sizeof line, "mltat " MLTAT_VERSION ": wall %.2f s, cpu %.2f s, peak memory %.1f MiB", wall_s,
                cpu_seconds(usage), static_cast<double>(usage.ru_maxrss) / 1024);
  return line;
}

double monotonic_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Nobody types a capture: standard input at a terminal is a pipe or a FILE that was forgotten.
std::unique_ptr<ByteSource> open_input(const std::string& path, const ToolSpec& spec) {
  if (path == "-" && isatty(STDIN_FILENO) == 1)
    throw Error(ExitCode::usage, "nothing on standard input: give a FILE or a pipe of " + spec.input_help + " (try " +
                                     spec.name + " --help)");
  return open_source(path);
}

/// Before a byte of input is looked at, and while there is one thread: from here on the run can open what its command
/// line names, and no more.
void seal(const ToolSpec& spec, const CommonOptions& common, const CommandLine& line, const Inputs& inputs, Log& log) {
  if (common.sandbox == "off") return;
  Sandbox sandbox;
  for (const std::string& input : inputs)
    sandbox.allow(PathUse::read, input);
  line.for_each_path([&](PathUse use, const std::string& path) { sandbox.allow(use, path); });
  if (common.rotate > 0) sandbox.allow(PathUse::write, slot_prefix(common.output));
  if (spec.spools) sandbox.allow_scratch(Spool::folder());
  const std::string fault = sandbox.seal();
  if (!fault.empty() && common.sandbox == "require") throw Error(ExitCode::usage, "--sandbox require: " + fault);
  log.info(fault.empty() ? "sealed by Landlock" : "not sealed: " + fault);
}

/// Parses and runs; everything that goes wrong leaves as an exception.
ExitCode guarded_main(int argc, char** argv, const ToolSpec& spec, Inputs& inputs, Options options,
                      const std::function<ExitCode(Streams&)>& run, const std::function<bool()>& prepare,
                      const std::function<Schema()>& schema, Log& log) {
  const double start = monotonic_seconds();
  CommonOptions common;
  options += common_options(common, spec, schema != nullptr);
  CommandLine line(spec, options, inputs);
  const auto print = [](const std::string& text) {
    Output out("-");
    out.write(text);
    out.finish();
    return ExitCode::ok;
  };
  const auto misuse = [&](const std::string& fact) {
    return Error(ExitCode::usage, fact + " (try " + spec.name + " --help)");
  };
  std::string lacking;  // no fault where nothing is run
  try {
    line.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print(line.help());
  } catch (const CLI::RequiredError& error) {
    lacking = error.what();
  } catch (const CLI::ParseError& error) {
    if (!line.version && !line.dump) throw misuse(error.what());
  }
  if (line.version) return print(version_text(spec));
  if (line.dump) return print(CommandLine::dump_text(options));
  line.store();
  if (!common.schema.empty() && line.is_understood()) return print(schema_text(schema(), common.schema));
  if (!lacking.empty()) throw misuse(lacking);
  if (common.verbose) log.set_level(Log::Level::verbose);
  if (common.quiet) log.set_level(Log::Level::quiet);

  if (inputs.empty()) inputs.push_back("-");
  if (std::count(inputs.begin(), inputs.end(), "-") > 1)
    throw Error(ExitCode::usage, "standard input can be read once only: - is named twice");

  log.set_progress(common.progress == "always" || (common.progress == "auto" && isatty(STDERR_FILENO) == 1));

  const bool is_live = prepare && prepare();
  install_signal_handlers(spec, is_live);
  std::string unwritten;  // with --rotate each slot is an output of its own
  Output out = common.rotate > 0 ? Output::to_memory(unwritten) : Output(common.output);
  out.set_line_buffered(common.line_buffered);
  Streams streams{[&](const std::string& path) { return open_input(path, spec); }, out, log};
  streams.threads = common.threads > 0 ? static_cast<unsigned>(std::min<std::uint64_t>(common.threads, 1024))
                                       : std::max(1u, std::thread::hardware_concurrency());
  streams.line_buffered = common.line_buffered;
  streams.stats = common.stats;
  if (common.rotate > 0 && common.output == "-")
    throw Error(ExitCode::usage, "--rotate needs names for the files: -o 'verdicts/%Y%m%dT%H%M%SZ.ndjson'");
  streams.rotation = {common.rotate, common.output};
  if (spec.takes_hangup) streams.hung_up = [] { return hung_up.exchange(false); };
  if (is_live) {
    streams.stopped = [] { return stopped.load(); };
    streams.counts_wanted = [] { return counts_wanted.exchange(false); };
  }
  seal(spec, common, line, inputs, log);
  const ExitCode code = run(streams);
  out.finish();
  log.finish();
  log.info(usage_text(monotonic_seconds() - start));
  return code;
}

}  // namespace

int run_main(int argc, char** argv, const ToolSpec& spec, Inputs& inputs, Options options,
             const std::function<ExitCode(Streams&)>& run, const std::function<bool()>& prepare,
             const std::function<Schema()>& schema) {
  Log log(spec.name);
  const auto fail = [&](ExitCode code, const std::string& message) {
    log.finish();
    log.error(message);
    return static_cast<int>(code);
  };
  try {
    return static_cast<int>(guarded_main(argc, argv, spec, inputs, std::move(options), run, prepare, schema, log));
  } catch (const Error& error) {
    return fail(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(ExitCode::io, "out of memory");
  } catch (const std::exception& error) {
    return fail(ExitCode::internal, std::string("internal error, please report it: ") + error.what());
  }
}

}  // namespace mltat
