// SPDX-License-Identifier: Apache-2.0
#include "host/serial/port.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/serial_port.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <sys/file.h>
#include <termios.h>

#include "host/io/error.hpp"

namespace flashd::serial {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using host::Error;
using host::Exit;

[[noreturn]] void unavailable(const std::string& device, const std::string& sentence) {
  throw Error(Exit::unavailable, "serial line " + device + ": " + sentence);
}

}  // namespace

PortName parse_port(const std::string& text) {
  PortName name;
  const std::size_t at = text.rfind('@');
  name.device = text.substr(0, at);
  if (name.device.empty())
    throw host::bad_input("back end 'uart:" + text + "'",
                          "names no device; expected uart:DEVICE or uart:DEVICE@BAUD");
  if (at == std::string::npos) return name;
  const std::string baud = text.substr(at + 1);
  const bool number = !baud.empty() && baud.size() <= 8 &&
                      baud.find_first_not_of("0123456789") == std::string::npos;
  name.baud = number ? static_cast<unsigned>(std::stoul(baud)) : 0;
  if (name.baud == 0)
    throw host::bad_input("back end 'uart:" + text + "'",
                          "has the baud rate '" + baud + "'; expected bits a second, as 1000000");
  return name;
}

namespace {

/// A device file.
class SerialPort final : public Port {
 public:
  explicit SerialPort(const PortName& name);
  bool write(gsl::span<const std::uint8_t> from, Clock::time_point until) override;
  std::size_t read(gsl::span<std::uint8_t> to, Clock::time_point until) override;

 private:
  /// Runs an operation that was begun until it ends or `until` is over, when it is cancelled.
  void run(Clock::time_point until) {
    timer_.expires_at(until);
    timer_.async_wait([this](const error_code& error) {
      error_code ignored;
      if (!error) port_.cancel(ignored);
    });
    context_.restart();
    context_.run();
  }

  void check(const error_code& error) const {
    if (error && error != asio::error::operation_aborted)
      throw Error(Exit::fault, "serial line " + device() + ": was lost: " + error.message());
  }

  asio::io_context context_{1};
  asio::serial_port port_{context_};
  asio::steady_timer timer_{context_};
};

SerialPort::SerialPort(const PortName& name) : Port(name.device) {
  using Base = asio::serial_port_base;
  error_code error;
  port_.open(device(), error);
  if (error == error_code(ENOTTY, boost::system::system_category()))
    unavailable(device(), "is no serial line; expected a device such as /dev/ttyUSB0");
  if (error) unavailable(device(), "cannot be opened: " + error.message());
  if (flock(port_.native_handle(), LOCK_EX | LOCK_NB) != 0)
    unavailable(device(), "is in use by another program");
  const auto set = [&](const auto& option) {
    if (!error) port_.set_option(option, error);
  };
  set(Base::character_size(8));
  set(Base::parity(Base::parity::none));
  set(Base::stop_bits(Base::stop_bits::one));
  set(Base::flow_control(Base::flow_control::none));
  if (error) unavailable(device(), "does not take 8 bits without parity: " + error.message());
  set(Base::baud_rate(name.baud));
  if (error)
    unavailable(device(), "does not take " + std::to_string(name.baud) +
                              " baud; name another rate "
                              "as uart:" +
                              device() + "@BAUD, such as 115200");
  tcflush(port_.native_handle(), TCIFLUSH);
}

bool SerialPort::write(gsl::span<const std::uint8_t> from, Clock::time_point until) {
  error_code result;
  std::size_t written = 0;
  asio::async_write(port_, asio::buffer(from.data(), from.size()),
                    [&](const error_code& error, std::size_t bytes) {
                      result = error;
                      written = bytes;
                      timer_.cancel();
                    });
  run(until);
  check(result);
  return written == from.size();
}

std::size_t SerialPort::read(gsl::span<std::uint8_t> to, Clock::time_point until) {
  error_code result;
  std::size_t received = 0;
  port_.async_read_some(asio::buffer(to.data(), to.size()),
                        [&](const error_code& error, std::size_t bytes) {
                          result = error;
                          received = bytes;
                          timer_.cancel();
                        });
  run(until);
  check(result);
  return received;
}

}  // namespace

std::unique_ptr<Port> open_port(const PortName& name) { return std::make_unique<SerialPort>(name); }

}  // namespace flashd::serial
