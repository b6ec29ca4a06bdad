// SPDX-License-Identifier: Apache-2.0
#include "ml/lbfgs.h"

// First among the headers of dlib, as its comment says.
#include "ml/dlib_config.h"
//
#include <dlib/optimization/optimization.h>

#include <algorithm>

#include "base/error.h"

namespace mltat {
namespace {

using Vector = dlib::matrix<double, 0, 1>;

/// dlib asks for value and gradient one after the other; both come from one pass over the rows.
class BothAtOnce {
 public:
  explicit BothAtOnce(const Objective& objective) : objective_(objective) {}

  double value(const Vector& x) {
    visit(x);
    return value_;
  }
  const Vector& gradient(const Vector& x) {
    visit(x);
    return gradient_;
  }
  std::size_t evaluations() const { return evaluations_; }

 private:
  void visit(const Vector& x) {
    if (evaluations_ > 0 && std::equal(x.begin(), x.end(), x_.begin())) return;
    x_ = x;
    gradient_.set_size(x.size());
    const auto n = static_cast<std::size_t>(x.size());
    value_ = objective_({x_.begin(), n}, {gradient_.begin(), n});
    ++evaluations_;
  }

  const Objective& objective_;
  Vector x_;
  Vector gradient_;
  double value_ = 0;
  std::size_t evaluations_ = 0;
};

/// dlib's stop strategies compare absolute differences; this one does not mind the scale of the objective.
class RelativeStop {
 public:
  RelativeStop(const LbfgsRules& rules, std::size_t& iterations) : rules_(rules), iterations_(iterations) {}

  bool should_continue_search(const Vector&, double value, const Vector& gradient) {
    const bool pays = !begun_ || previous_ - value > rules_.tolerance * value;
    begun_ = true;
    previous_ = value;
    if (!pays || iterations_ >= rules_.max_iterations || dlib::max(dlib::abs(gradient)) == 0) return false;
    ++iterations_;
    return true;
  }

 private:
  LbfgsRules rules_;
  std::size_t& iterations_;
  bool begun_ = false;
  double previous_ = 0;
};

}  // namespace

LbfgsResult minimize(const Objective& objective, std::vector<double>& x, const LbfgsRules& rules) {
  LbfgsResult result;
  if (x.empty()) return result;
  BothAtOnce both(objective);
  Vector point = dlib::mat(x);
  try {
    result.value = dlib::find_min(
        dlib::lbfgs_search_strategy(rules.memory), RelativeStop(rules, result.iterations),
        [&](const Vector& at) { return both.value(at); },
        [&](const Vector& at) -> const Vector& { return both.gradient(at); }, point, -1.0);
  } catch (const dlib::error& error) {
    throw Error(ExitCode::internal, std::string("L-BFGS: ") + error.what());
  }
  std::copy(point.begin(), point.end(), x.begin());
  result.evaluations = both.evaluations();
  return result;
}

}  // namespace mltat
