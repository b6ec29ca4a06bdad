// SPDX-License-Identifier: Apache-2.0
#include "base/option.h"

#include <iterator>
#include <utility>

#include "base/number_text.h"
#include "base/units.h"

namespace mltat {

Option flag(std::string names, bool& target, std::string help) {
  return {std::move(names), "", std::move(help), "", {}, false, false, [&target](const std::string&) { target = true; }};
}

Option off_flag(std::string names, bool& target, std::string help) {
  return {std::move(names), "", std::move(help), "", {}, false, false, [&target](const std::string&) { target = false; }};
}

Option text(std::string names, std::string value, std::string& target, std::string help) {
  return custom(std::move(names), std::move(value), target, std::move(help),
                [&target](const std::string& given) { target = given; });
}

Option texts(std::string names, std::string value, std::vector<std::string>& target, std::string help) {
  Option option = custom(std::move(names), std::move(value), "", std::move(help),
                         [&target](const std::string& given) { target.push_back(given); });
  option.repeatable = true;
  return option;
}

Option choice(std::string names, std::string& target, std::vector<std::string> choices, std::string help) {
  Option option = text(std::move(names), "WORD", target, std::move(help));
  option.choices = std::move(choices);
  return option;
}

Option count(std::string names, std::string value, std::uint64_t& target, std::string help) {
  return custom(std::move(names), std::move(value), std::to_string(target), std::move(help),
                [&target](const std::string& given) { target = parse_count(given); });
}

Option real(std::string names, std::string value, double& target, std::string help) {
  std::string fallback;
  append_number(fallback, target);
  return custom(std::move(names), std::move(value), std::move(fallback), std::move(help),
                [&target](const std::string& given) { target = parse_real(given); });
}

Option duration(std::string names, Nanos& target, std::string help) {
  std::string fallback;
  append_duration(fallback, target);
  return custom(std::move(names), "TIME", std::move(fallback), std::move(help),
                [&target](const std::string& given) { target = parse_duration(given); });
}

Option custom(std::string names, std::string value, std::string fallback, std::string help,
              std::function<void(const std::string&)> store) {
  return {std::move(names), std::move(value), std::move(help), std::move(fallback), {}, false, false, std::move(store)};
}

Option required(Option option) {
  option.required = true;
  return option;
}

Option reads(Option option) {
  option.path_use = PathUse::read;
  return option;
}

Option rereads(Option option) {
  option.path_use = PathUse::reread;
  return option;
}

Option writes(Option option) {
  option.path_use = PathUse::write;
  return option;
}

Options& operator+=(Options& left, Options right) {
  left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
  return left;
}

}  // namespace mltat
